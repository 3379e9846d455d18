/** What public reports were about, with the recordings that show it, where they are at hand. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { DetectingDecoder } from "../../src/audio/index.ts";
import { Kernels } from "../../src/kernels/index.ts";
import { timesOf, utcText } from "../../src/times/index.ts";
import { codecModules, kernelModule } from "../support/runtime.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { latin } from "../support/wav.ts";
import { block, info, utf8, vorbisComment, wamd } from "./support/metadata-writer.ts";

const audio = { rate: 48_000, channels: 1, frameBytes: 2 };
const read = (known: Partial<Parameters<typeof timesOf>[0]>) => {
  const { start, findings, recorder } = timesOf({ blocks: [], audio, ...known });
  return { findings, recorder, start: start && { ...start, utc: utcText(start.utc) } };
};

const MOTH = "by AudioMoth 24F3190361CBDD9B at gain setting 2 while battery state was 4.1V.";

describe("an AudioMoth's comment and its name", () => {
  const comment = (text: string) => [block("info", info({ ICMT: `Recorded at ${text} ${MOTH}` }))];

  test("of firmware 1.2.2 contradict each other: a finding, and an uncertainty that covers both", () => {
    const { start, findings } = read({
      blocks: comment("11:30:00 20/11/2019 (UTC+5:30)"),
      file: "20191120_120000.WAV",
    });
    expect(start).toMatchObject({
      utc: "2019-11-20T06:00:00.000Z",
      source: "AudioMoth comment",
      uncertainty: 6 * 3600 + 1,
    });
    expect(findings).toEqual([
      {
        code: "times_disagree",
        lost: false,
        message:
          "file name says 2019-11-20T12:00:00.000Z in a zone that it does not state, 1800 s away from AudioMoth comment " +
          "(2019-11-20T06:00:00.000Z), which was taken.",
      },
    ]);
  });

  test.each(["20191120_060000.WAV", "20191120_113000.WAV", "20191120_113001.WAV"])(
    "agree in UTC and in its zone: %s",
    (file) => {
      expect(read({ blocks: comment("11:30:00 20/11/2019 (UTC+5:30)"), file })).toMatchObject({
        start: { uncertainty: 1 },
        findings: [],
      });
    },
  );
});

describe("sources of different clocks", () => {
  const guano = [block("guano", utf8("GUANO|Version: 1.0\nTimestamp: 2024-05-01T12:00:00Z"))];

  test.each([
    // Seven hours, and five and three quarters, are zones; ten minutes are none.
    ["20240501_050000.wav", 0, 1],
    ["20240501_174500.wav", 0, 1],
    ["20240501_051000.wav", 1, 24_600 + 1 + 50_400],
    ["20240501_120005Z.wav", 1, 6],
    ["20240503_120000.wav", 1, 2 * 86_400 + 1 + 50_400],
  ])("GUANO at 12:00 UTC and %s: %i contradictions, within %i s", (file, count, uncertainty) => {
    const { start, findings } = read({ blocks: guano, file });
    expect(findings.map(({ code }) => code)).toEqual(Array(count).fill("times_disagree"));
    expect(start?.uncertainty).toBe(uncertainty);
  });

  test("what the caller says is not made uncertain", () => {
    const start = { utc: Date.UTC(2024, 4, 2), source: "start=", uncertainty: 1 };
    expect(read({ blocks: guano, start })).toMatchObject({
      start: { uncertainty: 1 },
      findings: [{ code: "times_disagree" }],
    });
  });
});

describe("makers' own metadata", () => {
  test("wamd", () => {
    const entries: [number, string][] = [
      [1, "SM4"],
      [2, "S4A00001"],
      [3, "2.3.0"],
      [5, "2023-10-05 21:30:00-04:00"],
      [6, "WGS84,48.51550,N,123.15270,W,3"],
    ];
    expect(read({ blocks: [block("wamd", wamd(entries))] })).toEqual({
      start: { utc: "2023-10-06T01:30:00.000Z", source: "wamd", uncertainty: 1 },
      findings: [],
      recorder: {
        make: "Wildlife Acoustics",
        model: "SM4",
        serial: "S4A00001",
        firmware: "2.3.0",
        latitude: 48.5155,
        longitude: -123.1527,
      },
    });
    const local = read({ blocks: [block("wamd", wamd([[5, "2023-10-05 21:30:00.250"]]))] });
    expect(local.start).toMatchObject({ utc: "2023-10-05T21:30:00.250Z", uncertainty: 50_400.001 });
    expect(read({ blocks: [block("wamd", latin("\x05\0\xff\xff\xff\xffx"))] })).toMatchObject({
      findings: [{ code: "bad_time" }],
    });
  });

  test("RecordingStart of a BAR-LT", () => {
    const comments = ["SensorFirmwareVersion=3.08", "RecordingStart=2019-05-08 02:00:00+1000", "SensorUid=00000001"];
    expect(read({ blocks: [block("vorbis", vorbisComment(comments))] })).toMatchObject({
      start: { utc: "2019-05-07T16:00:00.000Z", source: "RecordingStart tag", uncertainty: 1 },
      recorder: { firmware: "3.08", serial: "00000001" },
    });
  });
});

describe.skipIf(!sharedExists)("recordings as they were reported", () => {
  const known = (name: string) => {
    const path = sharedPath(`cases/recordings/${name}`);
    const decoder = new DetectingDecoder(new Kernels(kernelModule), codecModules, { channel: "mean" });
    for (const _ of decoder.push(readFileSync(path)));
    for (const _ of decoder.flush());
    return read({ blocks: decoder.metadata(), file: basename(path) });
  };

  test("a name and a comment of AudioMoth 1.2.2", () => {
    expect(known("20191120_120000.WAV")).toMatchObject({
      start: { utc: "2019-11-20T06:00:00.000Z", uncertainty: 21_601 },
      findings: [{ code: "times_disagree" }],
    });
  });

  test("blanks for zeros in a BAR-LT's name, and RecordingStart", () => {
    expect(known("201905 8T020000+1000_REC.flac")).toMatchObject({
      start: { utc: "2019-05-07T16:00:00.000Z", source: "RecordingStart tag", uncertainty: 1 },
      findings: [],
    });
  });

  test("nothing but wamd", () => {
    expect(known("wamd-only.wav").start).toMatchObject({ utc: "2023-10-06T01:30:00.000Z", source: "wamd" });
  });
});
