import { describe, expect, test } from "vitest";
import { Cursor } from "../../src/live/cursor.ts";
import { type MediaPlaylist, readPlaylist } from "../../src/live/playlist.ts";
import { type FakeNode, fakeNode } from "./support/fake-node.ts";
import { following, take } from "./support/follow.ts";
import { tsSegments } from "./support/segments.ts";

const EPOCH = 1_700_000_000;
const SECONDS = (47 * 1024) / 48_000;
const SEGMENTS = tsSegments(10);
const some = (from: number, to: number) => SEGMENTS.slice(from, to);
const playlist = (node: FakeNode) => ({ url: node.playlistUrl, kind: "url" as const });
const segmentAnswers = (node: FakeNode) =>
  node.answers.filter((line) => line.includes(".ts")).map((line) => line.slice(-6, -3));

/** Serves the playlist as `change` makes it of what it is, a copy at a time. */
function serve(node: FakeNode, change: (text: string, copy: number) => string): void {
  let copy = 0;
  node.instead.set(node.pathOf("live.m3u8"), (_, response) => {
    response.writeHead(200).end(change(node.playlist(), copy++));
  });
}

describe("a segment's number is its name", () => {
  test("addresses signed anew in each copy: nothing twice and no gap", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 3));
    serve(node, (text, copy) => text.replaceAll(/(live\d+\.ts)/g, `$1?signature=${copy}-$1`));
    const { events } = following(playlist(node));
    expect((await take(events, 2))[1]).toBe("segment");
    for (let at = 3; at < 6; at++) {
      node.add(...some(at, at + 1));
      expect(await take(events, 1)).toEqual(["segment"]);
    }
    expect(segmentAnswers(node)).toEqual(["002", "003", "004", "005"]);
  });

  test("signatures in the path: the same", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 2));
    const folder = node.pathOf("");
    for (let copy = 0; copy < 40; copy++)
      for (let at = 0; at < 5; at++)
        node.put(`${folder}sig${copy}/live00${at}.ts`, (SEGMENTS[at] as (typeof SEGMENTS)[0]).bytes);
    serve(node, (text, copy) => text.replaceAll(/(live\d+\.ts)/g, `sig${copy}/$1`));
    const { events } = following(playlist(node));
    await take(events, 2);
    node.add(...some(2, 4));
    expect(await take(events, 2)).toEqual(["segment", "segment"]);
    expect(segmentAnswers(node)).toEqual(["001", "002", "003"]);
  });

  test("a signature that has run out is taken from a newer copy", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 3));
    let good = 0;
    serve(node, (text, copy) => {
      good = copy;
      return text.replaceAll(/(live\d+\.ts)/g, `$1?signature=${copy}`);
    });
    for (let at = 0; at < 3; at++) {
      const { bytes } = SEGMENTS[at] as (typeof SEGMENTS)[0];
      node.instead.set(node.pathOf(`live00${at}.ts`), ({ url = "" }, response) => {
        // The first copy's signatures have run out by the time that the first segment is asked for.
        const signature = Number(new URL(url, "http://node").searchParams.get("signature"));
        if (signature === good && signature > 0) response.writeHead(200).end(bytes);
        else response.writeHead(403).end();
      });
    }
    const { events } = following(playlist(node), { back: 3 });
    expect((await take(events, 4)).slice(1)).toEqual(["segment", "segment", "segment"]);
  });

  test("numbers that stand still while segments slide name nothing: then addresses do", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 3));
    serve(node, (text) => text.replace(/MEDIA-SEQUENCE:\d+/, "MEDIA-SEQUENCE:0"));
    const { events } = following(playlist(node));
    await take(events, 2);
    for (let at = 3; at < 6; at++) {
      node.add(...some(at, at + 1));
      node.slide(1);
      expect(await take(events, 1)).toEqual(["segment"]);
    }
    expect(segmentAnswers(node)).toEqual(["002", "003", "004", "005"]);
  });

  test("where none are written, addresses name the segments, too", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 3));
    serve(node, (text, copy) =>
      text.replace(/#EXT-X-MEDIA-SEQUENCE:\d+\n/, "").replaceAll(/(live\d+\.ts)/g, `$1?signature=${copy}`),
    );
    const { events } = following(playlist(node));
    await take(events, 2);
    node.add(...some(3, 5));
    node.slide(2);
    expect(await take(events, 2)).toEqual(["segment", "segment"]);
    expect(segmentAnswers(node)).toEqual(["002", "003", "004"]);
  });

  test("one that is listed twice is read once", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 3));
    const entry = `#EXTINF:${SECONDS.toFixed(6)},\n`;
    serve(node, (text) => text.replace(`${entry}live001.ts`, `${entry}live001.ts\n${entry}live001.ts`));
    const { events } = following(playlist(node), { back: 4 });
    expect((await take(events, 4)).slice(1)).toEqual(["segment", "segment", "segment"]);
    node.add(...some(3, 4));
    expect(await take(events, 1)).toEqual(["segment"]);
    expect(segmentAnswers(node)).toEqual(["000", "001", "002", "003"]);
  });

  test("and one that is listed again at the end, after it was read, too", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 3));
    const { events } = following(playlist(node));
    await take(events, 2);
    const again = `#EXTINF:${SECONDS.toFixed(6)},\nlive002.ts\n`;
    serve(node, (text) => text.replace(/(live002\.ts\n)/, `$1${again}`));
    node.add(...some(3, 5));
    expect(await take(events, 2)).toEqual(["segment", "segment"]);
    expect(segmentAnswers(node)).toEqual(["002", "003", "004"]);
  });
});

describe("an encoder that restarts under the same address", () => {
  const dated = (utc: number) => [`#EXT-X-PROGRAM-DATE-TIME:${new Date(1000 * utc).toISOString()}`];
  const withDates = (from: number, to: number, start: number) =>
    some(from, to).map((segment, at) => ({ ...segment, tags: dated(start + at * SECONDS) }));

  test("numbers from 0: all of the new run is read, and dates tell what lies between", async () => {
    const node = await fakeNode(EPOCH);
    node.countFrom(500);
    node.add(...withDates(0, 3, EPOCH));
    const { events } = following(playlist(node));
    expect((await take(events, 2))[1]).toBe("segment");
    node.begin(EPOCH);
    node.add(...withDates(0, 2, EPOCH + 60));
    expect(await take(events, 4)).toEqual([
      `gap restart ${(60 - 3 * SECONDS).toFixed(3)}`,
      `start ${(EPOCH + 60).toFixed(3)}`,
      "segment",
      "segment",
    ]);
  });

  test("numbers from 0, without dates: Last-Modified tells an old copy from a new run, at once", async () => {
    const node = await fakeNode(EPOCH);
    const path = node.pathOf("live.m3u8");
    node.countFrom(500);
    node.add(...some(0, 3));
    node.written.set(path, 1000 * (EPOCH + 100));
    const { events } = following(playlist(node));
    await take(events, 2);
    const next = take(events, 3);
    // An old copy, by its date, though it grows.
    node.written.set(path, 1000 * (EPOCH + 50));
    node.begin(EPOCH);
    node.add(...some(0, 1));
    const lists = () => node.count(/200 .*live\.m3u8$/);
    const seen = lists();
    await expect.poll(lists).toBeGreaterThan(seen);
    expect(node.count(/live000/)).toBe(0);
    node.written.set(path, 1000 * (EPOCH + 130));
    node.add(...some(1, 2));
    expect(await next).toEqual(["gap restart ?", expect.stringMatching(/^start/), "segment"]);
    expect(node.count(/200 .*live000/)).toBe(1);
  });

  test("numbers from the epoch: a restart, and no thousand million segments missed", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...some(0, 3));
    const { events } = following(playlist(node));
    await take(events, 2);
    node.begin(EPOCH);
    node.countFrom(EPOCH);
    node.add(...some(0, 2));
    expect(await take(events, 4)).toEqual(["gap restart ?", expect.stringMatching(/^start/), "segment", "segment"]);
  });

  test("a new run whose numbers reach those that were read contradicts them: all of it is read", async () => {
    const node = await fakeNode(EPOCH);
    node.add(...withDates(0, 2, EPOCH));
    const { events } = following(playlist(node));
    await take(events, 2);
    node.begin(EPOCH);
    node.add(...withDates(0, 4, EPOCH + 30));
    expect((await take(events, 6)).slice(0, 3)).toEqual([
      `gap restart ${(30 - 2 * SECONDS).toFixed(3)}`,
      `start ${(EPOCH + 30).toFixed(3)}`,
      "segment",
    ]);
  });
});

describe("copies of playlists, one after the other", () => {
  const list = (first: number, count: number, { dates = 0, seconds = 10, target = 10 } = {}): MediaPlaylist => {
    const lines = ["#EXTM3U", `#EXT-X-TARGETDURATION:${target}`, `#EXT-X-MEDIA-SEQUENCE:${first}`];
    for (let at = first; at < first + count; at++) {
      if (dates > 0) lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(1000 * (dates + 10 * at)).toISOString()}`);
      lines.push(`#EXTINF:${seconds.toFixed(3)},`, `live${at}.ts`);
    }
    const read = readPlaylist(lines.join("\n"), "http://node/live.m3u8");
    if (read.kind !== "media") throw new Error("no media playlist");
    return read;
  };
  /** What is given out of each copy, which comes so many seconds after the start: numbers, and what is said. */
  const takeAll = (copies: readonly (readonly [playlist: MediaPlaylist, at: number])[]) => {
    const cursor = new Cursor(1);
    return copies.map(([playlist, at]) => {
      const news = cursor.take({ playlist, listed: 1000 * at, modified: undefined });
      const said = news.restarted !== undefined ? ["restart"] : news.missed === undefined ? [] : [news.missed];
      return [...said, ...news.segments.map(({ sequence }) => sequence)];
    });
  };

  test("servers of different age, by turns: an old copy that moves on is no restart while a newer one comes", () => {
    const copies = [
      [list(95, 6), 0],
      [list(92, 6), 5],
      [list(93, 6), 10],
      [list(96, 6), 15],
      [list(94, 6), 20],
      [list(95, 6), 25],
      [list(97, 6), 30],
    ] as const;
    expect(takeAll(copies)).toEqual([[100], [], [], [101], [], [], [102]]);
  });

  test("one that goes on behind, without anything newer, has begun anew", () => {
    const copies = [
      [list(95, 6), 0],
      [list(0, 1), 10],
      [list(0, 2), 20],
      [list(0, 3), 30],
    ] as const;
    expect(takeAll(copies)).toEqual([[100], [], [], ["restart", 0, 1, 2]]);
  });

  test("an old copy that stands still stays old, however long", () => {
    expect(takeAll([[list(95, 6), 0], ...[10, 1000, 100_000].map((at) => [list(0, 3), at] as const)])).toEqual([
      [100],
      [],
      [],
      [],
    ]);
  });

  test("missed segments are as long as dates tell, or as the others; more than time allows are other numbers", () => {
    expect(
      takeAll([
        [list(0, 6), 0],
        [list(10, 6), 100],
      ]),
    ).toEqual([[5], [{ count: 4, seconds: 40 }, 10, 11, 12, 13, 14, 15]]);
    expect(
      takeAll([
        [list(0, 6, { dates: EPOCH, seconds: 9 }), 0],
        [list(10, 6, { dates: EPOCH, seconds: 9 }), 100],
      ])[1]?.[0],
    ).toEqual({ count: 4, seconds: 41 });
    expect(
      takeAll([
        [list(0, 6), 0],
        [list(10_000, 2), 100],
      ]),
    ).toEqual([[5], ["restart", 10_000, 10_001]]);
  });

  test("another length under a number that was seen is of another run", () => {
    expect(
      takeAll([
        [list(0, 6), 0],
        [list(0, 8, { seconds: 9.9 }), 30],
      ])[1]?.[0],
    ).toBe("restart");
    expect(
      takeAll([
        [list(0, 6), 0],
        [list(0, 8, { seconds: 10.0004 }), 30],
      ]),
    ).toEqual([[5], [6, 7]]);
  });
});
