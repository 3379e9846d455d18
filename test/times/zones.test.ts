import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { startOfName, timesOf, utcText, zoneMinutes, zoneOf } from "../../src/times/index.ts";
import { isUsedOffset } from "../../src/times/zone.ts";
import { runs } from "../support/long.ts";
import { block, utf8 } from "./support/metadata-writer.ts";

const audio = { rate: 48_000, channels: 1, frameBytes: 2 };
const VANCOUVER = "America/Vancouver";

const named = (file: string, zone = VANCOUVER) => {
  const start = startOfName(file, zone);
  return start && { ...start, utc: utcText(start.utc) };
};

describe("zones by name", () => {
  test("one run over the change to winter time: each hour by the zone's own rule", () => {
    // Clocks in Vancouver go back at 02:00 on 5 November 2023, from UTC-7 to UTC-8.
    const hours = ["20231105_000000.wav", "20231105_005959.wav", "20231105_020000.wav", "20231105_120000.wav"];
    expect(hours.map((name) => named(name)?.utc)).toEqual([
      "2023-11-05T07:00:00.000Z",
      "2023-11-05T07:59:59.000Z",
      "2023-11-05T10:00:00.000Z",
      "2023-11-05T20:00:00.000Z",
    ]);
    expect(named("20231105_000000.wav")).toEqual({
      utc: "2023-11-05T07:00:00.000Z",
      source: "file name",
      uncertainty: 1,
      assumed: "It states no zone; zone=America/Vancouver was given.",
    });
  });

  test("the hour that comes twice is said, and both are within the uncertainty", () => {
    expect(named("20231105_013000.wav")).toEqual({
      utc: "2023-11-05T08:30:00.000Z",
      source: "file name",
      uncertainty: 3601,
      assumed:
        "It states no zone; zone=America/Vancouver was given. That hour comes twice in America/Vancouver, where clocks go " +
        "back: the first was taken.",
    });
  });

  test("so is the hour that does not come", () => {
    expect(named("20240310_023000.wav")).toMatchObject({
      utc: "2024-03-10T10:30:00.000Z",
      uncertainty: 3601,
      assumed: expect.stringContaining("That hour is left out in America/Vancouver"),
    });
  });

  test("half hours of summer time, and zones without any", () => {
    expect(named("20240407_014500.wav", "Australia/Lord_Howe")).toMatchObject({ uncertainty: 1801 });
    expect(named("20240115_120000.wav", "asia/kathmandu")).toMatchObject({
      utc: "2024-01-15T06:15:00.000Z",
      uncertainty: 1,
    });
  });

  test("what states its zone keeps it", () => {
    expect(named("20231105T013000Z.wav")).toMatchObject({ utc: "2023-11-05T01:30:00.000Z", uncertainty: 1 });
    expect(named("5E90A4D4.WAV")?.utc).toBe("2020-04-10T16:54:44.000Z");
  });

  test("every moment, shown by a clock in the zone, is within the uncertainty", () => {
    const zones = [
      VANCOUVER,
      "Australia/Lord_Howe",
      "Europe/Lisbon",
      "America/St_Johns",
      "Pacific/Apia",
      "Asia/Tehran",
    ];
    const shown = (utc: number, zone: string) =>
      new Date(utc).toLocaleString("sv-SE", { timeZone: zone }).replaceAll(/[-:]/g, "").replace(" ", "_");
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2005, 0), max: Date.UTC(2030, 0) }),
        (zone, utc) => {
          const start = startOfName(`${shown(utc, zone)}.wav`, zone);
          expect(Math.abs((start?.utc ?? 0) - utc) / 1000).toBeLessThanOrEqual(start?.uncertainty ?? -1);
        },
      ),
      { numRuns: runs(500, 3000) },
    );
  });

  test.each(["America/Vankouver", "Mars/Olympus", "PDT", "", "../etc", "x".repeat(1000), "constructor"])(
    "%j is none",
    (text) => {
      expect(zoneOf(text)).toBeUndefined();
    },
  );
});

describe("a stated zone that is known to be wrong", () => {
  const stated = [
    ["a name", { file: "20231105T013000Z.wav" }, "file name"],
    ["a name in UTC by its maker", { file: "MARS_20231105_013000.wav" }, "MBARI file name"],
    [
      "metadata",
      { blocks: [block("guano", utf8("GUANO|Version: 1.0\nTimestamp: 2023-11-05T01:30:00+05:00"))] },
      "GUANO",
    ],
  ] as const;

  test.each(stated)("%s is overruled, and the source says so", (_, known, source) => {
    const { start } = timesOf({ blocks: [], audio, ...known, zone: -480, zoneOverrules: true });
    expect(start).toEqual({
      utc: Date.UTC(2023, 10, 5, 9, 30),
      source: `${source}, zone overruled`,
      uncertainty: 1,
      assumed: expect.stringContaining("; zone=-08:00 overrules that."),
    });
  });

  test("what states none, and what counts seconds, have nothing to overrule", () => {
    const read = (file: string) => timesOf({ blocks: [], audio, file, zone: 60, zoneOverrules: true }).start;
    expect(read("20231105_013000.wav")).toMatchObject({ source: "file name", utc: Date.UTC(2023, 10, 5, 0, 30) });
    expect(read("1601165815.wav")).toMatchObject({ source: "file name", utc: 1_601_165_815_000 });
  });

  test("the caller's own start stays", () => {
    const start = { utc: 0, source: "start=", uncertainty: 1 };
    expect(timesOf({ blocks: [], audio, start, zone: 60, zoneOverrules: true }).start).toEqual(start);
  });
});

test("offsets that clocks have", () => {
  const used = (text: string) => isUsedOffset(zoneMinutes(text) ?? Number.NaN);
  expect(
    ["-12:00", "-09:30", "-03:30", "+00:00", "+05:45", "+08:45", "+12:45", "+14:00"].filter((text) => !used(text)),
  ).toEqual([]);
  expect(["-00:12", "-00:07", "+04:15", "-12:30", "+13:30"].filter(used)).toEqual([]);
});
