import { describe, expect, test } from "vitest";
import { type Known, timesOf, utcText } from "../../src/times/index.ts";
import { bext, block, harp, info, utf8, vorbisComment } from "./support/metadata-writer.ts";

const AUDIO = { rate: 48000, channels: 1, frameBytes: 2 };
const read = (blocks: Known["blocks"], more: Partial<Known> = {}) => {
  const { start, ...rest } = timesOf({ blocks, audio: AUDIO, ...more });
  return { ...rest, start: start === undefined ? undefined : { ...start, utc: utcText(start.utc) } };
};

const UNKNOWN = 14 * 3600;
const MOTH = "by AudioMoth 0FE081F80FE081F0 at medium gain while battery was 4.5V and temperature was 20.1C.";

describe("GUANO", () => {
  const guano = (stamp: string) =>
    block(
      "guano",
      utf8(
        `GUANO|Version:  1.0\nTimestamp:  ${stamp}\nMake: Ocean Instruments\nModel: ST500\nSerial: 5783\nFilter HP: 0.02\n` +
          "Loc Position: 48.5155 -123.1527\nLoc Elevation: -8\nNote: off Lime Kiln\\nwest side\nTimestamp: 1999-01-01T00:00:00Z\n    ",
      ),
    );

  test("with an offset", () => {
    expect(read([guano("2024-05-01T12:00:00.123-07:00")])).toEqual({
      start: { utc: "2024-05-01T19:00:00.123Z", source: "GUANO", uncertainty: 0.001 },
      stretches: [],
      findings: [],
      recorder: {
        make: "Ocean Instruments",
        model: "ST500",
        serial: "5783",
        latitude: 48.5155,
        longitude: -123.1527,
        elevation: -8,
        filter: "high-pass 0.02 kHz",
        note: "off Lime Kiln\nwest side",
      },
    });
  });

  test("local", () => {
    expect(read([guano("2024-05-01T12:00:00")]).start).toEqual({
      utc: "2024-05-01T12:00:00.000Z",
      source: "GUANO",
      uncertainty: 1 + UNKNOWN,
      assumed: "It states no zone; UTC was taken. zone= says otherwise.",
    });
    expect(read([guano("2024-05-01T12:00:00")], { zone: 120 }).start).toMatchObject({
      utc: "2024-05-01T10:00:00.000Z",
      uncertainty: 1,
    });
  });

  test("what is no GUANO says nothing; an impossible stamp is told, and the rest is read", () => {
    expect(read([block("guano", utf8("Timestamp: 2024-05-01T12:00:00Z"))])).toMatchObject({ findings: [] });
    const { start, findings, recorder } = read([guano("2024-02-30T12:00:00Z")]);
    expect(start).toBeUndefined();
    expect(findings).toMatchObject([{ code: "bad_time", message: expect.stringContaining("2024-02-30") }]);
    expect(recorder?.serial).toBe("5783");
  });
});

describe("broadcast WAVE", () => {
  const samples = 48000 * (12 * 3600 + 0.5);

  test("bext: the samples since midnight where they are the same time", () => {
    expect(read([block("bext", bext("2024-05-01", "12:00:00", samples))]).start).toMatchObject({
      utc: "2024-05-01T12:00:00.500Z",
      source: "bext",
      uncertainty: 1 / 48000 + UNKNOWN,
    });
    expect(read([block("bext", bext("2024:05:01", "12-00-00"))]).start?.utc).toBe("2024-05-01T12:00:00.000Z");
    // A position in a project, not a time of day.
    expect(read([block("bext", bext("2024-05-01", "12:00:00", 48000 * 3600))]).start).toMatchObject({
      utc: "2024-05-01T12:00:00.000Z",
      uncertainty: 1 + UNKNOWN,
    });
    // The date of a recording that begins at midnight is the one or the other.
    const late = 48000 * 86399.9;
    expect(read([block("bext", bext("2024-05-02", "00:00:00", late))]).start?.utc).toBe("2024-05-01T23:59:59.900Z");
  });

  test("bext: empty, zero and short ones say nothing, an impossible one is told", () => {
    for (const bytes of [bext("", ""), bext("0000-00-00", "00:00:00"), bext("2024-05-01", "12:00:00").subarray(0, 340)])
      expect(read([block("bext", bytes)])).toMatchObject({ start: undefined, findings: [] });
    expect(read([block("bext", bext("2024-13-01", "12:00:00"))]).findings).toMatchObject([{ code: "bad_time" }]);
  });

  test("iXML: its copy of bext, or its time stamp", () => {
    const xml = (inside: string) =>
      block(
        "ixml",
        utf8(
          `<?xml version="1.0"?><BWFXML><BEXT><BWF_ORIGINATION_DATE>2024-05-01</BWF_ORIGINATION_DATE>` +
            `<BWF_ORIGINATION_TIME>12:00:00</BWF_ORIGINATION_TIME>${inside}</BWFXML>`,
        ),
      );
    expect(
      read([
        xml(
          `<BWF_TIME_REFERENCE_LOW>${samples}</BWF_TIME_REFERENCE_LOW><BWF_TIME_REFERENCE_HIGH>0</BWF_TIME_REFERENCE_HIGH></BEXT>`,
        ),
      ]).start,
    ).toMatchObject({ utc: "2024-05-01T12:00:00.500Z", source: "iXML" });
    expect(
      read([
        xml(
          `</BEXT><SPEED><TIMESTAMP_SAMPLE_RATE>96000</TIMESTAMP_SAMPLE_RATE><TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>0` +
            `</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI><TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>${2 * samples}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO></SPEED>`,
        ),
      ]).start?.utc,
    ).toBe("2024-05-01T12:00:00.500Z");
    expect(read([block("ixml", utf8("<BWFXML><BWF_ORIGINATION_DATE>"))])).toMatchObject({ findings: [] });
  });
});

describe("LIST INFO", () => {
  const comment = (text: string) => read([block("info", info({ ICMT: text, IART: "AudioMoth 0FE081F80FE081F0" }))]);

  test.each([
    [
      "Recorded at 19:17:30 06/04/2018 (UTC) by AudioMoth 0FE081F80FE081F0 at gain setting 2 while battery state was 4.5V",
      "2018-04-06T19:17:30.000Z",
    ],
    [
      "Recorded at 19:17:30 06/04/2018 by AudioMoth 0FE081F80FE081F0 at gain setting 2 while battery state was 4.5V",
      "2018-04-06T19:17:30.000Z",
    ],
    [`Recorded at 10:10:00 24/06/2019 (UTC+1) ${MOTH}`, "2019-06-24T09:10:00.000Z"],
    [`Recorded at 04:40:00 02/09/2021 (UTC-6) ${MOTH}`, "2021-09-02T10:40:00.000Z"],
    [`Recorded at 10:10:00 24/06/2019 (UTC+5:30) ${MOTH}`, "2019-06-24T04:40:00.000Z"],
    [`Recorded at 10:10:00 24/06/2019 (UTC-0:30) ${MOTH}`, "2019-06-24T10:40:00.000Z"],
    [`Recorded at 10:10:00.250 24/06/2019 (UTC) ${MOTH}`, "2019-06-24T10:10:00.250Z"],
    [
      `Recorded at 10:10:00 24/06/2019 (UTC) during deployment 0123456789ABCDEF at high gain while battery was greater than 4.9V and temperature was -1.5C. High-pass filter with frequency of 8.0kHz applied.`,
      "2019-06-24T10:10:00.000Z",
    ],
  ])("%s", (text, utc) => {
    const { start, findings, recorder } = comment(text);
    expect(start).toMatchObject({ utc, source: "AudioMoth comment" });
    expect(start?.uncertainty).toBeLessThanOrEqual(1);
    expect(findings).toEqual([]);
    expect(recorder).toMatchObject({ model: "AudioMoth", serial: "0FE081F80FE081F0" });
  });

  test("what AudioMoth says of itself", () => {
    expect(
      comment(
        "Recorded at 10:10:00 24/06/2019 (UTC) during deployment 0123456789ABCDEF using external microphone at low-medium gain " +
          "while battery was less than 2.5V and temperature was -1.5C. Band-pass filter with frequencies of 0.5kHz and 8.0kHz applied.",
      ).recorder,
    ).toEqual({
      make: "Open Acoustic Devices",
      model: "AudioMoth",
      serial: "0FE081F80FE081F0",
      deployment: "0123456789ABCDEF",
      gain: "low-medium",
      battery: "less than 2.5V",
      temperature: -1.5,
      filter: "Band-pass filter with frequencies of 0.5kHz and 8.0kHz applied",
    });
  });

  test("a dead battery's clock", () => {
    expect(comment(`Recorded at 00:00:12 01/01/1970 (UTC) ${MOTH}`)).toMatchObject({
      start: undefined,
      findings: [{ code: "bad_time", message: expect.stringContaining("clocks without a battery") }],
    });
  });

  test("icListen's date with its hours of offset; a date alone is no start", () => {
    const said = read([block("info", info({ IART: "icListen HF #1228", ICRD: "2021-02-07T14:32:19-08" }))]);
    expect(said.start).toEqual({ utc: "2021-02-07T22:32:19.000Z", source: "LIST INFO date", uncertainty: 1 });
    expect(said.recorder).toEqual({ make: "Ocean Sonics", model: "icListen HF", serial: "1228" });
    expect(read([block("info", info({ ICRD: "2021-02-07", ISFT: "Lavf58.45.100" }))])).toMatchObject({ findings: [] });
  });
});

describe("Vorbis comments", () => {
  const tags = (...comments: string[]) => read([block("vorbis", vorbisComment(comments))]);

  test("true time stamps, AudioMoth's sentence, GUANO; not a year", () => {
    expect(tags("artist=x", "Date=2024-05-01T12:00:00+02:00").start).toMatchObject({
      utc: "2024-05-01T10:00:00.000Z",
      source: "DATE tag",
    });
    expect(tags("CREATION_TIME=2024-05-01T12:00:00.000000Z").start?.uncertainty).toBeCloseTo(1e-6, 9);
    expect(tags(`comment=Recorded at 10:10:00 24/06/2019 (UTC+1) ${MOTH}`).start?.source).toBe("AudioMoth comment");
    expect(tags("GUANO=GUANO|Version: 1.0\nTimestamp: 2024-05-01T12:00:00Z\nMake: X").start?.source).toBe("GUANO");
    for (const text of ["DATE=2021", "DATE=2021-05-01", "DATE=", "=", ""]) {
      expect(tags(text)).toMatchObject({ start: undefined, findings: [] });
    }
  });
});

describe("XWAV", () => {
  const bytes = 2 * 48000 * 75;
  const minute = (at: number, second: number, ms = 0) => [2018, 3, 15, 4, at, second, ms] as const;

  test.each([
    [1, 1],
    [49, 1],
    [2, 1],
    [50, 4],
  ])("version byte %i, %i channel(s)", (version, channels) => {
    const files = [
      { at: minute(0, 0), bytes: channels * bytes, rate: 48000 },
      { at: minute(1, 15), bytes: channels * bytes, rate: 48000 },
      { at: minute(10, 0, 500), bytes: channels * bytes, rate: 48000 },
    ];
    const audio = { rate: 48000, channels, frameBytes: 2 * channels };
    const said = timesOf({ blocks: [block("harp", harp(files, { version, channels }))], audio });
    expect(said.start).toEqual({
      utc: Date.UTC(2018, 2, 15, 4),
      source: "XWAV",
      uncertainty: 0.001,
      assumed: "It states no zone; its maker writes UTC.",
    });
    // The second goes on where the first ends.
    expect(said.stretches).toEqual([
      { frame: 0, utc: Date.UTC(2018, 2, 15, 4), rate: 48000 },
      { frame: 2 * 75 * 48000, utc: Date.UTC(2018, 2, 15, 4, 10, 0, 500), rate: 48000 },
    ]);
    expect(said.recorder).toEqual({
      make: "HARP",
      firmware: "V2.02S",
      serial: "DL37",
      deployment: "SOCAL H",
      latitude: 32.84321,
      longitude: -119.12345,
      depth: 1000,
    });
  });

  test("a table whose rate is not the header's", () => {
    const said = read([block("harp", harp([{ at: minute(0, 0), bytes, rate: 96000 }]))]);
    expect(said.findings).toMatchObject([{ code: "rate_differs", lost: false }]);
    expect(said.start?.utc).toBe("2018-03-15T04:00:00.000Z");
  });

  test("entries with impossible times and without bytes", () => {
    const files = [
      { at: [2018, 13, 15, 4, 0, 0, 0] as const, bytes, rate: 48000 },
      { at: minute(1, 15), bytes: 0, rate: 48000 },
      { at: minute(1, 15), bytes, rate: 48000 },
    ];
    const said = read([block("harp", harp(files))]);
    expect(said.start?.utc).toBe("2018-03-15T04:00:00.000Z");
    expect(said.findings).toMatchObject([{ code: "bad_time", message: expect.stringContaining("2018-13-15") }]);
    expect(said.stretches).toHaveLength(1);
    expect(read([block("harp", harp([{ at: [2000, 0, 0, 0, 0, 0, 0], bytes, rate: 48000 }]))]).start).toBeUndefined();
    expect(read([block("harp", new Uint8Array(56))])).toMatchObject({ findings: [] });
  });
});

describe("several sources", () => {
  const guano = (stamp: string) => block("guano", utf8(`GUANO|Version: 1.0\nTimestamp: ${stamp}`));

  test("a stated zone goes before a finer stamp that states none, in any order in the file", () => {
    const blocks = [
      block("bext", bext("2024-05-01", "05:00:00", 48000 * 5 * 3600)),
      block("info", info({ ICMT: `Recorded at 05:00:00 01/05/2024 (UTC-7) ${MOTH}` })),
    ];
    const expected = { start: { utc: "2024-05-01T12:00:00.000Z", source: "AudioMoth comment" }, findings: [] };
    expect(read(blocks, { file: "20240501_050000.WAV" })).toMatchObject(expected);
    expect(read(blocks.toReversed(), { file: "20240501_050000.WAV" })).toMatchObject(expected);
  });

  test("the caller goes before all; what disagrees is told", () => {
    const start = { utc: Date.UTC(2024, 4, 1, 12), source: "start=", uncertainty: 1 };
    const { start: taken, findings } = read([guano("2024-05-01T12:00:10Z")], {
      start,
      file: "rec_20240501T120000Z.wav",
    });
    expect(taken).toMatchObject({ utc: "2024-05-01T12:00:00.000Z", source: "start=" });
    expect(findings).toEqual([
      {
        code: "times_disagree",
        lost: false,
        message:
          "GUANO says 2024-05-01T12:00:10.000Z, 10 s away from start= (2024-05-01T12:00:00.000Z), which was taken.",
      },
    ]);
    expect(read([guano("2024-05-01T12:00:01.5Z")], { start }).findings).toHaveLength(1);
    expect(read([guano("2024-05-01T12:00:01Z")], { start }).findings).toEqual([]);
  });

  test("gaps stay where the caller says when it began", () => {
    const bytes = 2 * 48000 * 10;
    const files = [
      { at: [2018, 3, 15, 4, 0, 0, 0] as const, bytes, rate: 48000 },
      { at: [2018, 3, 15, 5, 0, 0, 0] as const, bytes, rate: 48000 },
    ];
    const start = { utc: Date.UTC(2018, 2, 15, 4, 0, 3), source: "start=", uncertainty: 1 };
    const said = read([block("harp", harp(files))], { start });
    expect(said.stretches.map(({ utc }) => utcText(utc))).toEqual([
      "2018-03-15T04:00:03.000Z",
      "2018-03-15T05:00:03.000Z",
    ]);
  });

  test("a block of which only the beginning is kept says so", () => {
    const long = block("guano", utf8("GUANO|Version: 1.0\nTimestamp: 2024-05-01T12:00:00Z\nNote: a"), true);
    expect(read([long])).toMatchObject({
      start: { utc: "2024-05-01T12:00:00.000Z" },
      findings: [{ code: "metadata_cut", lost: false }],
    });
  });
});
