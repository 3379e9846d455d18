import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { endingOf, FORMATS, makersKind, RECORDING_ENDINGS } from "../../src/audio/index.ts";
import { joinBytes } from "../../src/join.ts";
import { Resampler } from "../../src/kernels/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { decode, failureOf } from "../support/decode.ts";
import { newKernels } from "../support/runtime.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { tone } from "../support/signals.ts";
import { chunk, formatChunk, int16, latin, riff } from "../support/wav.ts";
import { aiffFile } from "./support/aiff-writer.ts";

const DATA = int16([4096, 8192, 12288, 16384]);
const SAMPLES = Float32Array.of(0.125, 0.25, 0.375, 0.5);

describe("a block's bytes against bits and channels: bits and channels win", () => {
  test.each([
    ["1 byte, 16-bit mono", { blockAlign: 1 }, SAMPLES],
    ["4 bytes, 16-bit mono", { blockAlign: 4 }, SAMPLES],
    ["2 bytes, 16-bit stereo", { blockAlign: 2, channels: 2 }, Float32Array.of(0.1875, 0.4375)],
    ["1 byte, 12-bit mono", { blockAlign: 1, bits: 12 }, SAMPLES],
    ["3 bytes, 16-bit stereo", { blockAlign: 3, channels: 2 }, Float32Array.of(0.1875, 0.4375)],
  ])("%s", (_, fields, expected) => {
    const { samples, info, findings } = decode([riff([formatChunk(fields), chunk("data", DATA)])]);
    expectSameBits(samples, expected);
    expect(info).toMatchObject({ encoding: "s16", declaredFrames: expected.length });
    expect(findings).toMatchObject([{ code: "header_contradiction", lost: false, byteOffset: 32 }]);
  });

  test("24 bits in words of 32, where the bytes of a second say so as well", () => {
    const words = new Uint8Array(Int32Array.of(2 ** 28, -(2 ** 29)).buffer);
    const { samples, findings } = decode([riff([formatChunk({ bits: 24, blockAlign: 4 }), chunk("data", words)])]);
    expectSameBits(samples, Float32Array.of(0.125, -0.25));
    expect(findings).toEqual([]);
  });

  test("samples in words wider than their bits are no contradiction", () => {
    const data = chunk("data", Uint8Array.of(0, 0, 16));
    expect(decode([riff([formatChunk({ bits: 20, blockAlign: 3 }), data])]).findings).toEqual([]);
    expect(decode([riff([formatChunk({ bits: 12, blockAlign: 2 }), chunk("data", DATA)])]).findings).toEqual([]);
  });

  test.skipIf(!sharedExists).each([
    ["block-align-1-mono16.wav", 192_000],
    ["block-align-2-stereo16.wav", 192_000],
    ["block-align-4-mono16.wav", 192_000],
  ])("%s", (name, count) => {
    const { samples, info, findings } = decode([readFileSync(sharedPath(`cases/recordings/${name}`))]);
    expect(samples).toHaveLength(count);
    expect(info?.encoding).toBe("s16");
    expect(findings).toContainEqual(expect.objectContaining({ code: "header_contradiction", lost: false }));
    expect(findings.filter(({ lost }) => lost)).toEqual([]);
  });
});

describe("a rate that is no whole number", () => {
  /** 15.6672 MHz / 704: the first Macs'. */
  const MAC = 244_800 / 11;

  test("AIFF's 22254.545 Hz", () => {
    const { samples, info, findings } = decode([aiffFile({ values: [4096, 8192, 12288, 16384], rate: MAC })]);
    expectSameBits(samples, SAMPLES);
    expect(info?.rate).toBeCloseTo(MAC, 9);
    expect(findings).toEqual([]);
  });

  test.each([
    ["as it is", MAC],
    ["as 16 and 16 bits have it", Math.floor(MAC * 65536) / 65536],
  ])("%s: resampled by the exact ratio, 110 to 153", (_, rate) => {
    const kernels = newKernels();
    const resampler = new Resampler(kernels, rate, 16_000);
    const input = tone(153 * 100, 1000, MAC);
    const parts = [...resampler.push(input)].map((part) => part.slice());
    const output = [...parts, ...[...resampler.flush()].map((part) => part.slice())].flatMap((part) => [...part]);
    expect(output).toHaveLength(110 * 100);
    const expected = tone(110 * 100, 1000, 16_000);
    const error = output.slice(500, -500).map((value, at) => Math.abs(value - (expected[at + 500] as number)));
    expect(Math.max(...error)).toBeLessThan(2e-6);
  });

  test("one that is near to no ratio of small numbers: to a thousandth of a hertz", () => {
    const resampler = new Resampler(newKernels(), 10_000 * Math.SQRT2, 10_000);
    const made = [...resampler.push(new Float32Array(14_143))].length;
    expect(made).toBeGreaterThan(0);
  });

  test.skipIf(!sharedExists)("a file of that rate", () => {
    const { info, findings } = decode([readFileSync(sharedPath("cases/recordings/rate-22254.545.aif"))]);
    expect(info?.rate).toBeCloseTo(22_254.545, 3);
    expect(findings.filter(({ lost }) => lost)).toEqual([]);
  });
});

test("libsndfile's PEAK, wamd and other ordinary chunks are passed over without a word", () => {
  const peak = chunk("PEAK", new Uint8Array(16));
  const wamd = chunk("wamd", latin("SM4"));
  const file = riff([formatChunk(), peak, wamd, chunk("FLLR", new Uint8Array(99)), chunk("data", DATA), peak, wamd]);
  expect(decode([file]).findings).toEqual([]);
});

describe("formats of makers", () => {
  test.each([
    ["sud", /SoundTrap.*Ocean Instruments/, /SoundTrap Host/],
    ["wac", /Song Meter.*Wildlife Acoustics/, /Kaleidoscope/],
    ["W4V", /Song Meter.*Wildlife Acoustics/, /ffmpeg cannot/],
    ["x3a", /X3/, /PAMGuard/],
    ["dsg", /Loggerhead/, /DSG2wav/],
  ])("%s, by its name", (ending, name, convert) => {
    const bytes = ending === "W4V" ? riff([formatChunk({ tag: 0x5741 }), chunk("data", DATA)]) : new Uint8Array(30_000);
    const failure = failureOf([bytes], { file: `deployment 1/site.${ending}` });
    expect(failure.code).toBe("unsupported_encoding");
    expect(failure.message).toMatch(name);
    expect(failure.hint).toMatch(convert);
    expect(makersKind(`a.${ending}`)?.name).toMatch(name);
  });

  test.each([
    ["WAac\x02\0", /Wildlife Acoustics/],
    ["X3ARCHIV", /X3/],
  ])("%j, by its first bytes", (magic, name) => {
    const failure = failureOf([joinBytes([latin(magic), new Uint8Array(100)])]);
    expect(failure).toMatchObject({ code: "unsupported_encoding", message: expect.stringMatching(name) });
  });

  test("a SoundTrap detector's file is read, and is no continuous recording", () => {
    const file = riff([formatChunk(), chunk("data", DATA)]);
    const { samples, findings } = decode([file], { file: "671128.180912.DWV" });
    expectSameBits(samples, SAMPLES);
    expect(findings).toMatchObject([{ code: "not_continuous", lost: false }]);
    expect(findings[0]?.message).toContain(".bcl");
  });
});

test("which endings are whose", () => {
  expect([...RECORDING_ENDINGS].sort()).toEqual([...new Set(Object.values(FORMATS).flat())].sort());
  expect(RECORDING_ENDINGS.size).toBe(Object.values(FORMATS).flat().length);
  expect(["a/b.WAV", "a.b/c", ".flac", "x.tar.gz", "a\\b.Flac"].map(endingOf)).toEqual([
    "wav",
    "",
    "flac",
    "gz",
    "flac",
  ]);
});
