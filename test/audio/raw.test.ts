import { describe, expect, test } from "vitest";
import type { RawFormat } from "../../src/audio/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut } from "../support/cuts.ts";
import { decode, failureOf } from "../support/decode.ts";
import { chunk, formatChunk, int16, riff } from "../support/wav.ts";

const MONO: RawFormat = { encoding: "s16", bigEndian: false, rate: 16000, channels: 1 };

describe("raw PCM", () => {
  test("the caller says what the bytes are", () => {
    const raw: RawFormat = { encoding: "s16", bigEndian: true, rate: 44100, channels: 2 };
    const bytes = int16([8192, 16384, -8192, -16384], true);
    const left = decode([bytes], { raw, channel: 0 });
    expectSameBits(left.samples, Float32Array.of(0.25, -0.25));
    expect(left.info).toEqual({ container: "raw", ...raw, declaredFrames: undefined });
    expect(left.findings).toEqual([]);
    expectSameBits(decode(cut(bytes, [1]), { raw, channel: "mean" }).samples, Float32Array.of(0.375, -0.375));
  });

  test("less than twelve bytes are enough", () => {
    expectSameBits(decode([int16([8192])], { raw: MONO }).samples, Float32Array.of(0.25));
  });

  test("an unfinished last frame is named with its first byte; non-finite samples with their time", () => {
    const raw: RawFormat = { encoding: "f32", bigEndian: false, rate: 1000, channels: 1 };
    const values = Float32Array.of(0.5, 0.5, Number.POSITIVE_INFINITY, 1, 0);
    const bytes = new Uint8Array(values.buffer).subarray(0, 18);
    const { samples, findings } = decode(cut(bytes, [5]), { raw });
    expectSameBits(samples, Float32Array.of(0.5, 0.5, 0, 1));
    expect(findings).toMatchObject([
      { code: "partial_frame", lost: true, byteOffset: 16 },
      { code: "non_finite", lost: true, count: 1, seconds: 0.002 },
      { code: "clipped", lost: false, count: 1 },
    ]);
  });

  test("bytes that are less than one sample of all channels", () => {
    const failure = failureOf([Uint8Array.of(1, 2, 3)], { raw: { ...MONO, channels: 2 } });
    expect(failure).toMatchObject({ code: "no_samples", byteOffset: 3 });
    expect(failure.message).toContain("3 byte(s)");
    expect(failure.hint).toContain("number of channels");
  });

  test.each([0, 999, 768_001, 44_100.5, Number.NaN, Number.POSITIVE_INFINITY])("a rate of %d", (rate) => {
    expect(failureOf([new Uint8Array(100)], { raw: { ...MONO, rate } })).toMatchObject({
      code: "bad_option",
      field: "rate",
      hint: expect.stringContaining("rate="),
    });
  });

  test.each([0, 257, 1.5, -1, Number.NaN])("%d channels", (channels) => {
    const failure = failureOf([new Uint8Array(100)], { raw: { ...MONO, channels } });
    expect(failure).toMatchObject({ code: "bad_option", field: "channels" });
    expect(failure.hint).toBeTruthy();
  });

  test("a channel that is not there", () => {
    const failure = failureOf([new Uint8Array(100)], { raw: { ...MONO, channels: 2 }, channel: 2 });
    expect(failure).toMatchObject({ code: "bad_option", field: "channel", hint: expect.stringContaining("0 to 1") });
  });

  test("a WAV file that is called raw PCM is refused: its header would be heard", () => {
    const file = riff([formatChunk(), chunk("data", int16([1, 2, 3]))]);
    const failure = failureOf([file], { raw: MONO });
    expect(failure).toMatchObject({ code: "bad_option", field: "pcm", byteOffset: 0 });
    expect(failure.hint).toContain("audio/wav");
  });
});
