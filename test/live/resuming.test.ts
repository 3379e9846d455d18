import { describe, expect, test } from "vitest";
import type { LiveEvent, Place } from "../../src/live/index.ts";
import { type FakeNode, fakeNode } from "./support/fake-node.ts";
import { following, take } from "./support/follow.ts";
import { tsSegments } from "./support/segments.ts";

const EPOCH = 1_700_000_000;
const HOUR = 3600;

/** Places of the next `count` segments. */
async function places(events: AsyncGenerator<LiveEvent>, count: number): Promise<Place[]> {
  const found: Place[] = [];
  while (found.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    if (value.kind === "segment" && value.place !== undefined) found.push(value.place);
  }
  return found;
}

const SECONDS = tsSegments(1)[0]?.seconds ?? 0;
const starts = (at: number) => `start ${(EPOCH + 2 + at * SECONDS).toFixed(3)}`;
const clock = (seconds = 60) => 1000 * (EPOCH + seconds);

/** What the run after one that read up to segment `at` begins with. */
async function secondRun(
  node: FakeNode,
  at: number,
  count: number,
  { url = false, longest = HOUR, meanwhile = () => {} } = {},
) {
  const source = url ? ({ url: node.playlistUrl, kind: "url" } as const) : node;
  const first = following(source, { back: 99, start: clock() });
  const from = (await places(first.events, at + 1))[at] as Place;
  first.leave();
  meanwhile();
  const second = following(url ? { url: node.playlistUrl, kind: "url" } : node, {
    start: clock(120),
    resuming: { from, longest },
  });
  return take(second.events, count);
}

describe("followed on from where an earlier run had got to", () => {
  test.each([true, false])(
    "the segment that was named is the first, with the time that it had (by address: %s)",
    async (url) => {
      const node = await fakeNode(EPOCH);
      node.add(...tsSegments(6));
      expect(await secondRun(node, 3, 4, { url })).toEqual([starts(3), "segment", "segment", "segment"]);
    },
  );

  test("what left the playlist meanwhile is a gap with its seconds", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...tsSegments(8));
    const meanwhile = () => node.slide(5);
    expect(await secondRun(node, 2, 3, { meanwhile })).toEqual([
      `gap missed ${(3 * SECONDS).toFixed(3)}`,
      starts(5),
      "segment",
    ]);
  });

  test("no more is caught up with than was asked for", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...tsSegments(8));
    expect(await secondRun(node, 1, 3, { longest: 3.5 * SECONDS })).toEqual([
      `gap missed ${(4 * SECONDS).toFixed(3)}`,
      starts(5),
      "segment",
    ]);
  });

  test("the rest of a folder is read before the one that took its place", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...tsSegments(4));
    const meanwhile = () => {
      node.begin(EPOCH + 30);
      node.add(...tsSegments(2, { seed: 2 }));
    };
    const lines = await secondRun(node, 2, 6, { meanwhile });
    const between = 30 - 4 * SECONDS;
    const next = `start ${(EPOCH + 32).toFixed(3)}`;
    expect(lines).toEqual([starts(2), "segment", "segment", `gap restart ${between.toFixed(3)}`, next, "segment"]);
  });

  test("of a folder that is gone the rest is a gap, and the next is read whole", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...tsSegments(4));
    const meanwhile = () => {
      node.empty();
      node.begin(EPOCH + 30);
      node.add(...tsSegments(2, { seed: 2 }));
    };
    const between = 30 - 2 * SECONDS;
    const next = `start ${(EPOCH + 32).toFixed(3)}`;
    expect(await secondRun(node, 2, 4, { meanwhile })).toEqual([
      `gap restart ${between.toFixed(3)}`,
      next,
      "segment",
      "segment",
    ]);
  });

  test("a server that is away is waited for: it was known", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...tsSegments(3));
    const path = node.pathOf("live.m3u8");
    const away = (_: unknown, response: { writeHead(status: number): { end(): void } }) =>
      response.writeHead(503).end();
    const meanwhile = () => {
      let left = 5;
      node.instead.set(path, (request, response) => {
        if (--left === 0) node.instead.delete(path);
        away(request, response);
      });
    };
    expect(await secondRun(node, 1, 2, { meanwhile })).toEqual([starts(1), "segment"]);
  });
});

test("an encoder that counts the same numbers anew is another run: all of it is read, and found in time anew", async () => {
  const node = await fakeNode(EPOCH);
  const dated = (seconds: number) => [`#EXT-X-PROGRAM-DATE-TIME:${new Date(1000 * (EPOCH + seconds)).toISOString()}`];
  const segments = tsSegments(3);
  node.put("/plain.m3u8", "");
  const list = (from: number) =>
    node.put(
      "/plain.m3u8",
      `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n${segments
        .map((_, at) => `${dated(from + at * SECONDS)[0]}\n#EXTINF:${SECONDS.toFixed(6)},\ns${at}.ts\n`)
        .join("")}`,
    );
  for (const [at, { bytes }] of segments.entries()) node.put(`/s${at}.ts`, bytes);
  list(0);
  const url = new URL("/plain.m3u8", node.url).href;
  const first = following({ url, kind: "url" }, { back: 99, start: clock(5) });
  const from = (await places(first.events, 3))[1] as Place;
  first.leave();
  list(50);
  const second = following({ url, kind: "url" }, { start: clock(55), resuming: { from, longest: HOUR } });
  // Dates are in whole milliseconds.
  const between = 50 - Math.floor(1000 * SECONDS) / 1000;
  expect(await take(second.events, 3)).toEqual([
    `gap restart ${between.toFixed(3)}`,
    `start ${(EPOCH + 50).toFixed(3)}`,
    "segment",
  ]);
});
