import fc from "fast-check";
import { expect, test } from "vitest";
import { OrcaError } from "../../src/errors.ts";
import { joinBytes } from "../../src/join.ts";
import { Cursor } from "../../src/live/cursor.ts";
import { IcyBytes } from "../../src/live/endless/icy-bytes.ts";
import { Tail } from "../../src/live/endless/tail.ts";
import { segmentStart } from "../../src/live/packed-audio.ts";
import { type MediaPlaylist, readPlaylist } from "../../src/live/playlist.ts";
import { heldAgainst, SegmentStarts } from "../../src/live/segment-starts.ts";
import { FUZZ_RUNS, mutate, mutation } from "../support/mutations.ts";

const BASE = "https://ocean.example/hls/1700000000/live.m3u8";

const SEEDS = [
  [
    "#EXTM3U",
    "#EXT-X-VERSION:3",
    "#EXT-X-MEDIA-SEQUENCE:12",
    "#EXT-X-TARGETDURATION:11",
    "#EXT-X-PROGRAM-DATE-TIME:2024-05-01T12:00:00.250Z",
    "#EXTINF:10.005333,",
    "live012.ts?signature=abc",
    "#EXTINF:9.984000,title",
    "live013.ts",
    "#EXT-X-DISCONTINUITY",
    "#EXT-X-GAP",
    "#EXTINF:10,",
    "http://user:pass@cdn.example:8000/live014.ts",
    "#EXTINF:-1,",
    "live015.ts",
    "live015.ts",
    "#EXT-X-ENDLIST",
    "",
  ],
  [
    "#EXTM3U",
    '#EXT-X-DEFINE:NAME="path",VALUE="a/b"',
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="sea",DEFAULT=YES,URI="{$path}/sea.m3u8"',
    '#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.42e00a,mp4a.40.2",RESOLUTION=640x360,AUDIO="a"',
    "film.m3u8",
    "#EXT-X-STREAM-INF:BANDWIDTH=64000",
    "low.m3u8",
    "",
  ],
  ["#EXTM3U", '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1', '#EXT-X-MAP:URI="i.mp4"', "#EXTINF:4,", "a.ts", ""],
].map((lines) => new TextEncoder().encode(lines.join("\n")));

/** What is read of a playlist can be followed: numbers that count, lengths and times that are numbers, words without secrets. */
function check(playlist: MediaPlaylist, secret: RegExp): void {
  expect(playlist.target).toBeGreaterThan(0);
  expect(playlist.target).toBeLessThanOrEqual(3600);
  let before = -1;
  for (const { sequence, until, url, seconds, date, oddities } of playlist.segments) {
    expect(Number.isSafeInteger(sequence) && sequence > before && until >= sequence).toBe(true);
    before = sequence;
    expect(URL.canParse(url)).toBe(true);
    expect(seconds > 0 && seconds <= 3600).toBe(true);
    if (date !== undefined) expect(new Date(date.utc).toISOString()).toMatch(/^\d{4}-/);
    for (const { message } of oddities) expect(message).not.toMatch(secret);
  }
}

test(`${FUZZ_RUNS} mutated playlists, one copy on another: read or refused with words, and a copy that comes again gives nothing`, () => {
  let [read, refused, slowest] = [0, 0, 0];
  fc.assert(
    fc.property(
      fc.constantFrom(...SEEDS),
      fc.array(fc.array(mutation, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      (seed, copies) => {
        const cursor = new Cursor(2);
        const starts = new SegmentStarts(1_700_000_000);
        let listed = 1_700_000_000_000;
        for (const mutations of copies) {
          const text = new TextDecoder().decode(mutate(seed, mutations));
          // Where the @ is gone nothing tells that it was a password.
          const secret = /user:pass(?!@)/.test(text) ? /^$/ : /user:pass/;
          const began = performance.now();
          try {
            const playlist = readPlaylist(text, BASE);
            read++;
            if (playlist.kind === "master") {
              expect(URL.canParse(playlist.url)).toBe(true);
              continue;
            }
            check(playlist, secret);
            listed += 10_000;
            const news = cursor.take({ playlist, listed, modified: undefined });
            const again = cursor.take({ playlist, listed, modified: undefined });
            expect(again).toEqual({ segments: [] });
            for (const segment of news.segments) {
              const { start } = heldAgainst(
                starts.startOf(segment, playlist, listed, undefined),
                segment,
                undefined,
                listed,
              );
              if (start !== undefined) {
                expect(Number.isFinite(start.utc)).toBe(true);
                expect(start.uncertainty).toBeGreaterThan(0);
              }
              starts.pass(segment.seconds);
            }
          } catch (thrown) {
            if (!(thrown instanceof OrcaError)) throw thrown;
            refused++;
            expect(["playlist_malformed", "unsupported_encoding"]).toContain(thrown.code);
            expect(thrown.message.length).toBeLessThan(600);
            expect(thrown.message).not.toMatch(secret);
          }
          slowest = Math.max(slowest, performance.now() - began);
        }
      },
    ),
    { numRuns: FUZZ_RUNS },
  );
  console.log(`playlists: ${read} read, ${refused} refused; slowest ${slowest.toFixed(1)} ms`);
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
  // A millisecond or less; two shared cores may halt for a while.
  expect(slowest).toBeLessThan(5000);
  expect(Object.keys(Object.prototype)).toEqual([]);
}, 3_600_000);

test("metadata blocks are passed over wherever they and the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 3000 }),
      fc.integer({ min: 1, max: 700 }),
      fc.array(fc.nat(15), { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
      (sound, every, lengths, cuts) => {
        const parts: Uint8Array[] = [];
        for (let at = 0, block = 0; at < sound.length; at += every, block++) {
          const part = sound.subarray(at, at + every);
          parts.push(part);
          const length = lengths[block % lengths.length] as number;
          if (part.length === every) parts.push(Uint8Array.of(length), new Uint8Array(16 * length).fill(0xff));
        }
        const whole = joinBytes(parts);
        const icy = new IcyBytes(every);
        const found: Uint8Array[] = [];
        for (let at = 0, cut = 0; at < whole.length; cut++) {
          const size = cuts[cut % cuts.length] as number;
          found.push(...icy.push(whole.subarray(at, at + size)));
          at += size;
        }
        expect(joinBytes(found)).toEqual(Uint8Array.from(sound));
      },
    ),
    { numRuns: Math.min(FUZZ_RUNS, 10_000) },
  );
}, 3_600_000);

test("the end of a connection is found in the next one where it is, and nowhere else", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 1500 }), { minLength: 1, maxLength: 6 }),
      fc.uint8Array({ maxLength: 500 }),
      fc.uint8Array({ maxLength: 500 }),
      (parts, before, after) => {
        const tail = new Tail();
        for (const part of parts) tail.push(part);
        const whole = joinBytes(parts);
        const end = tail.endIn(joinBytes([before, whole, after]));
        // Two thousand bytes tell; fewer do not.
        if (whole.length < 2048) expect(end).toBeUndefined();
        else expect(end).toBeGreaterThanOrEqual(before.length + whole.length);
        expect(tail.endIn(joinBytes([before, after]))).toBeUndefined();
      },
    ),
    { numRuns: Math.min(FUZZ_RUNS, 2000) },
  );
}, 3_600_000);

test("a tag of any bytes says a time or none", () => {
  const owner = new TextEncoder().encode("com.apple.streaming.transportStreamTimestamp\0");
  const tag = joinBytes([
    Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 63, 0x50, 0x52, 0x49, 0x56, 0, 0, 0, owner.length + 8, 0, 0),
    owner,
    Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0),
  ]);
  expect(segmentStart(tag)).toBe(2 ** 32 / 90_000);
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
      const seconds = segmentStart(mutate(tag, mutations)) ?? 0;
      expect(seconds >= 0 && seconds < 2 ** 33 / 90_000).toBe(true);
    }),
    { numRuns: FUZZ_RUNS },
  );
}, 3_600_000);

test("long runs of what is looked for take no long time", () => {
  for (const run of ["#EXTINF:", "A=", '"', ",", "{$", "a".repeat(9), "#EXT-X-KEY:", "=", '="', "//", "@", "\r", "1"]) {
    for (const before of ["", "#EXT-X-MEDIA:", "#EXTINF:", "#EXT-X-PROGRAM-DATE-TIME:", "http://"]) {
      const long = `#EXTM3U\n#EXT-X-DEFINE:NAME="a",VALUE="b"\n${before}${run.repeat(Math.ceil(500_000 / run.length))}\n`;
      const began = performance.now();
      try {
        readPlaylist(long, BASE);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(OrcaError);
      }
      expect({ run, before, soon: performance.now() - began < 3000 }).toEqual({ run, before, soon: true });
    }
  }
});
