import { describe, expect, test } from "vitest";
import { joinBytes } from "../../src/join.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut } from "../support/cuts.ts";
import { decode, failureOf } from "../support/decode.ts";
import { aiffChunk, aiffFile } from "./support/aiff-writer.ts";

const values = [4096, 8192, 12288, 16384, -4096, 0];
const SAMPLES = Float32Array.from(values, (value) => value / 32768);

describe("AIFF", () => {
  test.each([
    ["AIFF", {}, true],
    ["AIFF-C, big-endian", { kind: "NONE" }, true],
    ["AIFF-C, little-endian", { kind: "sowt" }, false],
    ["samples behind an offset", { offset: 6 }, true],
    ["a rate of 192 kHz", { rate: 192000 }, true],
  ] as const)("%s, however cut", (_, fields, bigEndian) => {
    const file = aiffFile({ values, ...fields });
    for (const pieces of [[file], cut(file, [1]), cut(file, [7, 30])]) {
      const { samples, info, findings } = decode(pieces);
      expectSameBits(samples, SAMPLES);
      expect(info).toMatchObject({ container: "aiff", encoding: "s16", bigEndian, declaredFrames: values.length });
      expect(info?.rate).toBe("rate" in fields ? fields.rate : 16000);
      expect(findings).toEqual([]);
    }
  });

  test("a stream's size of 0 or all ones means up to the end", () => {
    for (const size of [0, 0xffff_ffff]) {
      const { samples, findings } = decode([aiffFile({ values, size })]);
      expectSameBits(samples, SAMPLES);
      expect(findings).toEqual([]);
    }
  });

  test("cut short: what came, and a finding with how much did not", () => {
    const file = aiffFile({ values });
    const { samples, findings } = decode([file.subarray(0, file.length - 4)]);
    expectSameBits(samples, SAMPLES.subarray(0, 4));
    expect(findings).toMatchObject([{ code: "truncated", lost: true, count: 4 }]);
  });

  test("SSND says too little: COMM's number of samples and FORM's size agree", () => {
    for (const [size, offset] of [
      [8, 0],
      [12, 0],
      [10, 4],
    ] as const) {
      const { samples, findings } = decode([aiffFile({ values, size, offset })]);
      expectSameBits(samples, SAMPLES);
      expect(findings).toMatchObject([{ code: "wrong_size", lost: false }]);
      expect(findings[0]?.message).toContain(`SSND chunk says ${size} byte(s), COMM's number of samples 20`);
    }
  });

  test("COMM counts more than there is, or less: what is there is read, and it is said", () => {
    for (const frames of [5, 7]) {
      const file = aiffFile({ values });
      new DataView(file.buffer, file.byteOffset).setUint32(22, frames);
      const { samples, findings } = decode([file]);
      expectSameBits(samples, SAMPLES);
      expect(findings).toMatchObject([{ code: "header_contradiction", lost: false }]);
    }
  });

  test("another file behind it is lost, as what cat put in a row", () => {
    const file = aiffFile({ values });
    const { samples, findings } = decode([file, file]);
    expectSameBits(samples, SAMPLES);
    expect(findings).toMatchObject([{ code: "stopped", lost: true, byteOffset: file.length }]);
  });

  test("what cannot be: an error with its place", () => {
    const whole = aiffFile({ values });
    const sound = aiffChunk("SSND", new Uint8Array(20));
    expect(failureOf([whole.subarray(0, 12)])).toMatchObject({ code: "audio_malformed", byteOffset: 12 });
    expect(failureOf([joinBytes([whole.subarray(0, 12), sound])])).toMatchObject({
      code: "audio_malformed",
      byteOffset: 12,
    });
    expect(failureOf([aiffFile({ values, channels: 0 })])).toMatchObject({ code: "audio_malformed" });
    const far = aiffFile({ values });
    far[far.length - 12 - 8 + 2] = 1;
    expect(failureOf([far])).toMatchObject({ code: "audio_malformed" });
    expect(failureOf([aiffFile({ values: [] })])).toMatchObject({ code: "no_samples" });
    const coded = failureOf([aiffFile({ values, kind: "ima4" })]);
    expect(coded).toMatchObject({ code: "unsupported_encoding", message: expect.stringContaining("IMA ADPCM") });
  });
});
