import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/audio/index.ts";
import type { LiveEvent } from "../../src/live/index.ts";
import { type FakeNode, type FakeSegment, fakeNode } from "./support/fake-node.ts";
import { following, take } from "./support/follow.ts";
import { packedSegments, tsSegments } from "./support/segments.ts";

const EPOCH = 1_700_000_000;
const SECONDS = (47 * 1024) / 48_000;
const SEGMENTS = tsSegments(8);
const some = (from: number, to: number) => SEGMENTS.slice(from, to);
const startOf = (at: number, epoch = EPOCH) => `start ${(epoch + 2 + at * SECONDS).toFixed(3)}`;
const playlist = (node: FakeNode) => ({ url: node.playlistUrl, kind: "url" as const });
const date = (text: string) => `#EXT-X-PROGRAM-DATE-TIME:${text}`;
const iso = (utc: number) => new Date(Math.round(1000 * utc)).toISOString();

describe("time stamps of the sound", () => {
  test("leap 20 s ahead between two segments: a gap at once, a new stretch, and its time 20 s later", async () => {
    const node = await fakeNode(EPOCH);
    const segments = tsSegments(5, { ahead: (at) => (at < 3 ? 0 : 20) });
    node.add(...segments.slice(0, 2));
    const { events } = following(node, { back: 2 });
    expect(await take(events, 3)).toEqual([startOf(0), "segment", "segment"]);
    node.add(...segments.slice(2, 5));
    expect(await take(events, 5)).toEqual([
      "segment",
      "gap discontinuity 20.000",
      `start ${(EPOCH + 22 + 3 * SECONDS).toFixed(3)}`,
      "segment",
      "segment",
    ]);
  });

  test("by one block already, which a decoder would fill with silence; not by a third of one, which is jitter", async () => {
    const node = await fakeNode(EPOCH);
    const block = 1024 / 48_000;
    const shifts = [0, block / 3, -block / 3, block / 3, block / 3 + block, block];
    node.add(...tsSegments(6, { ahead: (at) => shifts[at] ?? 0 }));
    node.end();
    const found = await take(following(playlist(node)).events, 20);
    expect(found.filter((line) => line.startsWith("gap"))).toEqual([`gap discontinuity ${block.toFixed(3)}`]);
    expect(found.filter((line) => line === "segment")).toHaveLength(6);
  });

  test("go back, as when an encoder began anew: a gap of unknown length; over their end they run on", async () => {
    const node = await fakeNode(EPOCH);
    const wrap = 2 ** 33 / 90_000;
    node.add(...tsSegments(3, { ahead: () => wrap - 1.4 - 0.5 * SECONDS }), ...some(0, 2));
    node.end();
    expect(await take(following(playlist(node)).events, 20)).toEqual([
      startOf(0),
      "segment",
      "segment",
      "segment",
      "gap discontinuity ?",
      "start ?",
      "segment",
      "segment",
      "end",
    ]);
  });

  test("leap by hours while the server took the files one behind the other: another clock, no hours of silence", async () => {
    const node = await fakeNode(EPOCH);
    const segments = tsSegments(3, { ahead: (at) => (at < 2 ? 0 : 7200) });
    for (let at = 0; at < 3; at++) node.written.set(node.pathOf(`live00${at}.ts`), 1000 * (EPOCH + 4 + at));
    node.add(...segments);
    const found = await take(following(node, { back: 3 }).events, 5);
    expect(found.slice(0, 4)).toEqual([startOf(0), "segment", "segment", "gap discontinuity ?"]);
    // What is known of it now is when it was written.
    expect(found[4]).toBe(`start ${(EPOCH + 6 - SECONDS).toFixed(3)}`);
  });

  test("of packed audio stand in the tag before it", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...packedSegments(4, { ahead: (at) => (at < 2 ? 0 : 20) }));
    node.end();
    expect(await take(following(playlist(node)).events, 20)).toEqual([
      startOf(0),
      "segment",
      "segment",
      "gap discontinuity 20.000",
      `start ${(EPOCH + 22 + 2 * SECONDS).toFixed(3)}`,
      "segment",
      "segment",
      "end",
    ]);
  });
});

describe("EXT-X-PROGRAM-DATE-TIME", () => {
  /** What comes of segments with these dates; none where undefined. */
  async function follow(dates: readonly (string | undefined)[]) {
    const node = await fakeNode(EPOCH);
    const listed = dates.map((text, at): FakeSegment => {
      const segment = SEGMENTS[at] as FakeSegment;
      return text === undefined ? segment : { ...segment, tags: [date(text)] };
    });
    node.add(...listed);
    node.end();
    const findings: Finding[] = [];
    const lines = await take(following(playlist(node)).events, 30, findings);
    return { lines, findings: findings.filter(({ code }) => code !== "ended") };
  }
  const whole = (start: string, count: number) => [start, ...Array.from({ length: count }, () => "segment"), "end"];

  test.each(["", "Invalid date", "NaN", "2023-02-30T00:00:00Z", "1970-01-01T00:00:05Z", "now", "99999999999999999"])(
    "%j on every segment is passed over, with one finding; the folder tells the time",
    async (text) => {
      const { lines, findings } = await follow([text, text, text]);
      expect(lines).toEqual(whole(startOf(0), 3));
      expect(findings).toEqual([
        {
          code: "bad_time",
          lost: false,
          message: expect.stringContaining(
            `live000.ts has a date that is passed over: EXT-X-PROGRAM-DATE-TIME says ${JSON.stringify(text)}`,
          ),
        },
      ]);
    },
  );

  test("one wrong date among right ones makes no gap: the others tell its time", async () => {
    const utc = 1_714_564_800;
    const right = [0, 1, 2, 3].map((at) => iso(utc + at * SECONDS));
    for (const at of [0, 2]) {
      const { lines, findings } = await follow(right.map((text, place) => (place === at ? "Invalid date" : text)));
      expect(lines).toEqual(whole(`start ${utc}.000`, 4));
      expect(findings).toHaveLength(1);
    }
  });

  test("seconds of 60 are the next minute; a thousand milliseconds the next second; neither makes a gap", async () => {
    const utc = Date.UTC(2024, 4, 1, 12, 0, 58) / 1000 + 2 - SECONDS;
    const second = await follow([iso(utc), "2024-05-01T12:00:60.000Z", undefined]);
    expect(second.lines).toEqual(whole(`start ${utc.toFixed(3)}`, 3));
    const milli = await follow([iso(utc), "2024-05-01T12:00:59.1000Z", undefined]);
    expect(milli.lines).toEqual(whole(`start ${utc.toFixed(3)}`, 3));
    expect([...second.findings, ...milli.findings]).toEqual([]);
  });

  test("four digits are a decimal fraction where others have four", async () => {
    const first = await follow(["2024-05-01T12:00:00.1000Z", "2024-05-01T12:00:01.1027Z"]);
    expect(first.lines).toEqual(whole("start 1714564800.100", 2));
    const alone = await follow(["2024-05-01T12:00:00.1000Z", "2024-05-01T12:00:02.003Z"]);
    expect(alone.lines).toEqual(whole("start 1714564801.000", 2));
  });

  test("whole seconds are cut, and make no gap where they round by one", async () => {
    const utc = 1_714_564_800.99;
    const cut = [0, 1, 2, 3, 4].map((at) => `${iso(utc + at * SECONDS).slice(0, 19)}+00:00`);
    expect(cut.map((text) => text.slice(17, 19))).toEqual(["00", "01", "02", "03", "05"]);
    expect((await follow(cut)).lines).toEqual(whole("start 1714564800.000", 5));
  });

  test("one that states no zone is UTC, and may be half a day off; whole seconds leave one more open", async () => {
    const start = async (text: string) => {
      const node = await fakeNode(EPOCH);
      node.add({ ...(SEGMENTS[0] as FakeSegment), tags: [date(text)] });
      const { value } = (await following(playlist(node)).events.next()) as { value: LiveEvent };
      return value.kind === "start" ? value.start : undefined;
    };
    expect(await start("2024-05-01T12:00:00.000")).toEqual({
      utc: 1_714_564_800_000,
      source: "EXT-X-PROGRAM-DATE-TIME",
      uncertainty: 1 + 14 * 3600,
      assumed: "It states no zone; UTC was taken.",
    });
    expect(await start("2024-05-01T12:00:00.000Z")).toMatchObject({ uncertainty: 1 });
    expect(await start("2024-05-01T12:00:00+0000")).toMatchObject({ uncertainty: 2 });
  });

  test("jumps by more than was missed, as a clock that is set: no length is made up", async () => {
    const node = await fakeNode(EPOCH);
    const [first, second] = some(0, 2) as [FakeSegment, FakeSegment];
    const utc = 1_714_564_800;
    for (let at = 0; at < 2; at++) node.written.set(node.pathOf(`live00${at}.ts`), 1000 * (utc + 1 + at));
    node.add({ ...first, tags: [date(iso(utc))] }, { ...second, tags: [date(iso(utc + 7200))] });
    node.end();
    expect((await take(following(playlist(node)).events, 20)).slice(1, 4)).toEqual([
      "segment",
      "gap discontinuity ?",
      `start ${utc + 7200}.000`,
    ]);
  });
});

describe("a clock that is hours off", () => {
  /** The start of a hydrophone whose clock is so far ahead of its server's, s. */
  async function start(ahead: number, dated: boolean, { told = true, age = 0 } = {}) {
    const now = Math.floor(Date.now() / 1000) - age;
    // The segment ended a second before it was written.
    const began = now - SECONDS - 1;
    const node = await fakeNode(Math.floor(began + ahead) - 2);
    if (told) node.written.set(node.pathOf("live000.ts"), 1000 * now);
    const tags = dated ? [date(iso(began + ahead))] : [];
    node.add({ ...(SEGMENTS[0] as FakeSegment), tags });
    const findings: Finding[] = [];
    const { events } = following(dated ? playlist(node) : node);
    for (;;) {
      const { value } = (await events.next()) as { value: LiveEvent };
      if (value.kind === "finding") findings.push(value.finding);
      if (value.kind === "start") return { findings, start: value.start, began };
    }
  }

  test.each([
    ["ahead, by its dates", 3 * 3600, true],
    ["behind, by its dates", -3 * 3600, true],
    ["ahead, by its folder", 3 * 3600, false],
    ["behind, by its folder", -3 * 3600, false],
  ] as const)("%s: Last-Modified contradicts it, and the uncertainty covers both", async (_, ahead, dated) => {
    const { findings, start: found, began } = await start(ahead, dated);
    expect(found?.source).toBe(dated ? "EXT-X-PROGRAM-DATE-TIME" : "folder's epoch and EXTINF");
    expect(findings).toEqual([
      {
        code: "times_disagree",
        lost: false,
        message: expect.stringMatching(/^Last-Modified says that .*live000\.ts began/),
      },
    ]);
    const off = Math.abs((found?.utc ?? 0) / 1000 - began);
    expect(off).toBeGreaterThan(3 * 3600 - 2);
    expect(found?.uncertainty).toBeGreaterThan(off);
    expect(found?.uncertainty).toBeLessThan(off + 10);
  });

  test.each([true, false])("right, within what is written of it: no finding (dates: %s)", async (dated) => {
    const { findings, start: found, began } = await start(0, dated);
    expect(findings).toEqual([]);
    expect(found?.uncertainty).toBeLessThan(2.5);
    expect(Math.abs((found?.utc ?? 0) / 1000 - began)).toBeLessThan(found?.uncertainty ?? 0);
  });

  test("ahead, and nobody tells when files were written: a segment cannot end after it was listed", async () => {
    const { findings, start: found, began } = await start(3 * 3600, true, { told: false });
    expect(findings[0]?.message).toMatch(/^This machine's clock says that .* began before/);
    expect(found?.uncertainty).toBeGreaterThan(Math.abs((found?.utc ?? 0) / 1000 - began));
  });

  test("files that were copied long after they were made contradict nothing", async () => {
    const { findings, start: found } = await start(-9 * 86_400, true, { age: 3 * 86_400 });
    expect(findings).toEqual([]);
    expect(found?.uncertainty).toBe(1);
  });
});
