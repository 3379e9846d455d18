import { expect, test } from "vitest";
import type { LiveEvent } from "../../src/live/index.ts";
import { fakeNode } from "./support/fake-node.ts";
import { following, take } from "./support/follow.ts";
import { tsSegments } from "./support/segments.ts";

const EPOCH = 1_700_000_000;
const SECONDS = (47 * 1024) / 48_000;
const SEGMENTS = tsSegments(8);
const some = (from: number, to: number) => SEGMENTS.slice(from, to);

test("a node that restarts and whose old folder is emptied: the new one is followed within a poll", async () => {
  const node = await fakeNode(EPOCH);
  node.add(...some(0, 2));
  const { events, files } = following(node);
  await take(events, 2);
  const before = files.clock.now();
  node.empty();
  node.begin(EPOCH + 30);
  node.add(...some(0, 2));
  expect(await take(events, 4)).toEqual([
    `gap restart ${(30 - 2 * SECONDS).toFixed(3)}`,
    `start ${EPOCH + 32}.000`,
    "segment",
    "segment",
  ]);
  // A poll is a target duration of 2 s at most; two shared cores may halt for a while.
  expect(files.clock.now() - before).toBeLessThan(30_000);
  expect(node.count(/404 .*live\.m3u8$/)).toBeLessThan(3);
});

test("latest.txt is asked again as long as the playlist is gone, and the new folder's playlist may come later", async () => {
  const node = await fakeNode(EPOCH);
  node.add(...some(0, 2));
  const { events } = following(node);
  await take(events, 2);
  node.empty();
  expect(((await events.next()) as { value: LiveEvent }).value).toMatchObject({
    kind: "waiting",
    waiting: { message: `hls/${EPOCH}/live.m3u8 is not there (status 404).` },
  });
  const asked = () => node.count(/latest\.txt$/);
  const before = asked();
  const gap = take(events, 1);
  await expect.poll(asked).toBeGreaterThan(before + 3);
  node.begin(EPOCH + 300);
  // The container has started, and has not written a segment yet.
  expect(await gap).toEqual([`gap restart ${(300 - 2 * SECONDS).toFixed(3)}`]);
  const start = take(events, 2);
  await new Promise((resolve) => setTimeout(resolve, 300));
  node.add(...some(0, 1));
  expect(await start).toEqual([`start ${EPOCH + 302}.000`, "segment"]);
});

test("segments of a folder that is emptied while they are read are one gap, not one each", async () => {
  const node = await fakeNode(EPOCH);
  node.add(...some(0, 6));
  const { events } = following(node, { back: 6 });
  expect(await take(events, 3)).toEqual([`start ${EPOCH + 2}.000`, "segment", "segment"]);
  node.empty();
  node.begin(EPOCH + 30);
  node.add(...some(0, 1));
  expect(await take(events, 3)).toEqual([
    `gap restart ${(30 - 2 * SECONDS).toFixed(3)}`,
    `start ${EPOCH + 32}.000`,
    "segment",
  ]);
});

test("a folder that ends says so while no other one is there", async () => {
  const node = await fakeNode(EPOCH);
  node.add(...some(0, 1));
  node.end();
  const { events } = following(node);
  await take(events, 2);
  expect((await events.next()).value).toMatchObject({
    kind: "waiting",
    waiting: { message: "The playlist has ended, and latest.txt names no other folder." },
  });
  node.begin(EPOCH + 10);
  node.add(...some(0, 1));
  expect(await take(events, 3)).toEqual([
    `gap restart ${(10 - SECONDS).toFixed(3)}`,
    `start ${EPOCH + 12}.000`,
    "segment",
  ]);
});
