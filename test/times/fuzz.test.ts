import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrcaError } from "../../src/errors.ts";
import {
  givenStart,
  isoTime,
  type MetadataBlock,
  RecordingClock,
  stampUtc,
  startOfName,
  timesOf,
  zoneMinutes,
} from "../../src/times/index.ts";
import { FUZZ_RUNS, mutate, mutation } from "../support/mutations.ts";
import { latin } from "../support/wav.ts";
import { nameTable } from "./support/corpus.ts";
import { bext, block, harp, info, utf8, vorbisComment, wamd } from "./support/metadata-writer.ts";

const AUDIO = { rate: 48000, channels: 2, frameBytes: 4 };
const COMMENT =
  "Recorded at 10:10:00 24/06/2019 (UTC+5:30) during deployment 0123456789ABCDEF at high gain while battery was greater than " +
  "4.9V and temperature was -1.5C. Band-pass filter with frequencies of 0.5kHz and 8.0kHz applied.";
const GUANO =
  "GUANO|Version: 1.0\nTimestamp: 2024-05-01T12:00:00.5-07:00\nLoc Position: 48.5 -123.1\nNote: a\\nb\nFilter HP: 2\n";
const IXML =
  "<BWFXML><BEXT><BWF_ORIGINATION_DATE>2024-05-01</BWF_ORIGINATION_DATE><BWF_ORIGINATION_TIME>12:00:00</BWF_ORIGINATION_TIME>" +
  "<BWF_TIME_REFERENCE_LOW>2073600000</BWF_TIME_REFERENCE_LOW></BEXT></BWFXML>";
const raw = (minute: number) => ({ at: [2018, 3, 15, 4, minute, 0, 0] as const, bytes: 48000 * 4, rate: 48000 });
const table = Array.from({ length: 20 }, (_, at) => raw(at));

const blocks: readonly (readonly [kind: MetadataBlock["kind"], contents: readonly Uint8Array[]])[] = [
  ["guano", [utf8(GUANO)]],
  [
    "wamd",
    [
      wamd([
        [1, "SM4"],
        [5, "2023-10-05 21:30:00.250-04:00"],
        [6, "WGS84,48.51550,N,123.15270,W,3"],
      ]),
    ],
  ],
  ["bext", [bext("2024-05-01", "12:00:00", 48000 * 43200)]],
  ["ixml", [utf8(IXML)]],
  ["info", [info({ ICMT: COMMENT, IART: "icListen HF #1228", ICRD: "2021-02-07T14:32:19-08" })]],
  ["harp", [harp(table, { channels: 2 }), harp(table, { version: 2, channels: 2 })]],
  ["vorbis", [vorbisComment([`GUANO=${GUANO}`, `COMMENT=${COMMENT}`, "DATE=2024-05-01T12:00:00Z"])]],
];

/** A start is a time that can be written, and everything said of it is bounded. */
function check(times: ReturnType<typeof timesOf>): void {
  const { start, stretches, findings, recorder } = times;
  if (start !== undefined) {
    expect(new Date(start.utc).getUTCFullYear()).toBeGreaterThanOrEqual(1890);
    expect(new Date(start.utc).getUTCFullYear()).toBeLessThanOrEqual(2110);
    expect(start.uncertainty).toBeGreaterThan(0);
    const clock = new RecordingClock(start, AUDIO.rate, stretches);
    for (const place of [0, 0.96, 1e3, 1e8]) expect(Number.isFinite(clock.utc(place))).toBe(true);
    for (const { frame } of clock.breaks) expect(frame).toBeGreaterThan(0);
    expect(clock.findings(Number.POSITIVE_INFINITY).length).toBeLessThan(25);
  }
  expect(findings.length).toBeLessThan(20);
  expect(JSON.stringify([findings, recorder]).length).toBeLessThan(20_000);
}

/** Bytes that the process may grow by, whatever is read: garbage that waits to be collected, mostly. */
const MEMORY = 400 << 20;

describe(`${FUZZ_RUNS} mutated inputs of each reader: a start that can be, or none, soon`, () => {
  it.each(blocks)(
    "%s",
    (kind, contents) => {
      const resident = process.memoryUsage.rss();
      let [started, slowest, largest] = [0, 0, 0];
      fc.assert(
        fc.property(
          fc.constantFrom(...contents),
          fc.array(mutation, { minLength: 1, maxLength: 12 }),
          (bytes, mutations) => {
            const mutated = mutate(bytes, mutations);
            const before = performance.now();
            const times = timesOf({ blocks: [block(kind, mutated)], audio: AUDIO, zone: 60 });
            slowest = Math.max(slowest, performance.now() - before);
            largest = Math.max(largest, process.memoryUsage.rss() - resident);
            if (times.start !== undefined) started++;
            check(times);
          },
        ),
        { numRuns: FUZZ_RUNS },
      );
      const megabytes = (largest / 2 ** 20).toFixed(0);
      console.log(
        `${kind}: ${started} of ${FUZZ_RUNS} say a start; slowest ${slowest.toFixed(1)} ms, ${megabytes} MB more of process`,
      );
      expect(started).toBeGreaterThan(0);
      // A millisecond or less; two shared cores may halt for a while.
      expect(slowest).toBeLessThan(5000);
      expect(largest).toBeLessThan(MEMORY);
    },
    3_600_000,
  );

  it("names", () => {
    let slowest = 0;
    const names = nameTable().map(({ name }) => name);
    const zones = [undefined, -420, "America/Vancouver"] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(...zones),
        fc.boolean(),
        (name, mutations, zone, zoneOverrules) => {
          const file = String.fromCharCode(...mutate(latin(name), mutations));
          const before = performance.now();
          check(timesOf({ blocks: [], audio: AUDIO, file, zone, zoneOverrules }));
          slowest = Math.max(slowest, performance.now() - before);
        },
      ),
      { numRuns: FUZZ_RUNS },
    );
    console.log(`names: slowest ${slowest.toFixed(1)} ms`);
    expect(slowest).toBeLessThan(5000);
  }, 3_600_000);

  it("start=, zones and stamps", () => {
    const texts = ["2024-05-01T12:00:00.250+02:00", "20240501T120000Z", "1601165815.5", "UTC+5:30", "-07:00"];
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(mutation, { minLength: 1, maxLength: 4 }), (text, mutations) => {
        const mutated = String.fromCharCode(...mutate(latin(text), mutations));
        const stamp = isoTime(mutated);
        if (stamp !== undefined) expect(Number.isFinite(stampUtc(stamp))).toBe(true);
        expect(Math.abs(zoneMinutes(mutated) ?? 0)).toBeLessThanOrEqual(14 * 60);
        try {
          expect(Number.isNaN(new Date(givenStart(mutated).utc).getTime())).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(OrcaError);
          expect((error as OrcaError).code).toBe("bad_option");
        }
      }),
      { numRuns: FUZZ_RUNS },
    );
  }, 3_600_000);

  it("long runs of what patterns look for take no long time", () => {
    const runs = [
      "1",
      "1601165815",
      "2020-09-27_",
      "2024",
      "a_",
      "Recorded at 10:10:00 24/06/2019 (UTC",
      "<BWF_ORIGINATION_DATE>",
      "-",
      " ",
    ];
    for (const run of runs) {
      const long = run.repeat(Math.ceil(65_536 / run.length));
      const before = performance.now();
      startOfName(long.slice(0, 1000));
      isoTime(long);
      zoneMinutes(long);
      for (const [kind] of blocks) timesOf({ blocks: [block(kind, latin(long))], audio: AUDIO });
      timesOf({
        blocks: [block("info", info({ ICMT: long, ICRD: long })), block("vorbis", vorbisComment([`DATE=${long}`]))],
        audio: AUDIO,
      });
      expect({ run, soon: performance.now() - before < 2000 }).toEqual({ run, soon: true });
    }
  });
});
