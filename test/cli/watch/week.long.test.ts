import { expect, onTestFinished, test } from "vitest";
import { type FakeNode, type FakeSegment, fakeNode } from "../../live/support/fake-node.ts";
import { until } from "../../support/processes.ts";
import { framesWith, secondsOf, segmentsOf } from "../../watch/support/planted.ts";
import { startReceiver } from "../../watch/support/receiver.ts";
import { RECEIVER_FAILURES, WatchRun } from "../../watch/support/watch-run.ts";

/** Frames of a segment: a second. Segments of a day: of each day so much is published. */
const [EACH, SEGMENTS, DAYS, KILLS] = [47, 24, 7, 20];
const DAY = 86_400;
/** Two calls a day, the first one from the first segment on; what goes wrong lies between them. */
const CALLS = [
  { from: 30, frames: 70 },
  { from: 700, frames: 90 },
];

/** What goes wrong each day, in the segment of this number, where there is no call. */
const FAULTS: readonly ((node: FakeNode, segments: FakeSegment[]) => void)[] = [
  () => undefined,
  // A segment is not there.
  (node) => node.instead.set(node.pathOf("live008.ts"), (_, response) => response.writeHead(404).end()),
  // One is damaged.
  (_, segments) => segments.splice(8, 1, { bytes: new Uint8Array(5000).fill(0x47), seconds: secondsOf(EACH) }),
  // The playlist cannot be had for a while.
  (node) => {
    const path = node.pathOf("live.m3u8");
    let left = 4;
    node.instead.set(path, (_, response) => {
      if (--left === 0) node.instead.delete(path);
      response.writeHead(503).end();
    });
  },
  // Something of no length; dates of a clock without a battery.
  (_, segments) =>
    segments.splice(8, 1, { ...(segments[8] as FakeSegment), tags: ["#EXT-X-PROGRAM-DATE-TIME:Invalid date"] }),
  // The playlist says that one is not there.
  (_, segments) => segments.splice(8, 1, { ...(segments[8] as FakeSegment), tags: ["#EXT-X-GAP"] }),
  // A segment comes short.
  (_, segments) => segments.splice(8, 1, { ...(segments[8] as FakeSegment), seconds: 2 * secondsOf(EACH) }),
];

test(`a week in minutes, killed ${KILLS} times: each planted call is one event at its time, and one delivery`, async () => {
  const first = Math.floor(Date.now() / 1000) - (DAYS + 1) * DAY;
  const node = await fakeNode(first);
  const receiver = await startReceiver();
  const run = await WatchRun.prepare({
    hydrophones: { lab: { node: node.url, variant: "int8", heads: ["loud.head.json"] } },
    deliveries: { hook: { kind: "webhook", to: receiver.url } },
    clips: { before: "1 s", after: "1 s" },
    "allow-private": true,
  });
  const keys = () => new Set(receiver.taken.map(({ headers }) => headers["webhook-id"]));
  const truths: number[] = [];
  let day = -1;
  let left: FakeSegment[] = [];
  const nextDay = () => {
    day++;
    const epoch = first + day * DAY;
    const frames = framesWith(SEGMENTS * EACH, CALLS, 1 + 10 * day);
    left = segmentsOf(frames, EACH);
    if (day > 0) node.begin(epoch);
    FAULTS[day]?.(node, left);
    // What is said to be longer than it is leaves a gap, and what follows is as much later.
    const later = day === 6 ? secondsOf(EACH) : 0;
    truths.push(...CALLS.map(({ from }) => epoch + 2 + secondsOf(from) + (from > 8 * EACH ? later : 0)));
    node.add(...left.splice(0, 1));
  };
  nextDay();
  const publishing = setInterval(() => {
    if (!run.said.includes("live")) return;
    if (left.length > 0) node.add(...left.splice(0, 1));
    // latest.txt names the newest folder alone: a day that nobody was there for would be lost, and named.
    else if (day < DAYS - 1 && keys().size >= truths.length) nextDay();
  }, 400);
  onTestFinished(() => clearInterval(publishing));
  for (let kill = 0; kill < KILLS; kill++) {
    receiver.instead = RECEIVER_FAILURES[kill % 7];
    await run.start();
    await new Promise((resolve) => setTimeout(resolve, 6000 * Math.random()));
    await run.end("SIGKILL");
  }
  receiver.instead = undefined;
  await run.start();
  const all = () => day === DAYS - 1 && left.length === 0 && keys().size >= truths.length;
  await until(all, 240_000).catch(() => {
    throw new Error(`Told of ${keys().size} of ${truths.length} calls: ${run.said}`);
  });
  await expect.poll(async () => (await run.events()).filter(({ phase }) => phase === "begin").length).toBe(0);
  expect(await run.end("SIGTERM")).toBe(0);
  const found = await run.events();
  expect(found.length, run.said).toBe(truths.length);
  expect(keys().size).toBe(truths.length);
  for (const [at, { utc, uncertainty, clip }] of found.entries()) {
    expect(Math.abs(Date.parse(utc) / 1000 - (truths[at] as number)), `call ${at}`).toBeLessThanOrEqual(uncertainty);
    expect(clip, `call ${at}`).toBeDefined();
  }
  console.log(
    `${found.length} calls in ${DAYS} days, ${KILLS} kills: ${receiver.taken.length} messages taken, ${receiver.refused.length} refused`,
  );
}, 600_000);
