import { expect, test } from "vitest";
import { flac16 } from "../../src/output/index.ts";
import { decode } from "../support/decode.ts";
import { ffmpeg, ffmpegExists } from "../support/ffmpeg.ts";
import { noise } from "../support/signals.ts";

const whole = (samples: Float32Array) =>
  Float32Array.from(samples, (value) => Math.max(-32768, Math.min(32767, Math.round(value * 32768))) / 32768 + 0);
/** To the bit: half a million numbers are too many to be looked at one by one. */
const same = (a: Float32Array, b: Float32Array) =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
const tone = (length: number) =>
  Float32Array.from({ length }, (_, i) => 0.7 * Math.sin(i / 7) + 0.2 * Math.sin(i / 31));

const CASES: readonly (readonly [string, Float32Array])[] = [
  ["a tone of several blocks", tone(10_000)],
  ["noise", noise(5000, 0.3)],
  ["noise of full scale and beyond", noise(4096, 1.5)],
  ["silence", new Float32Array(9000)],
  ["one sample", Float32Array.of(0.5)],
  ["three samples", Float32Array.of(0.5, -1, 1)],
  ["a step", Float32Array.from({ length: 4097 }, (_, i) => (i < 2000 ? -1 : 0.99))],
  ["more blocks than one byte numbers", tone(4096 * 130)],
];

test.each(CASES)("%s comes back from our decoder to the bit", (_, samples) => {
  const { samples: back, info, findings } = decode([flac16(samples, 44_100)]);
  expect(same(back, whole(samples))).toBe(true);
  expect(info).toMatchObject({
    container: "flac",
    rate: 44_100,
    channels: 1,
    bits: 16,
    declaredFrames: samples.length,
  });
  expect(findings.filter(({ code }) => code !== "clipped")).toEqual([]);
});

test.skipIf(!ffmpegExists)("ffmpeg reads the same", () => {
  for (const [, samples] of CASES) {
    const bytes = ffmpeg(["-f", "flac", "-i", "-", "-f", "f32le", "-c:a", "pcm_f32le"], flac16(samples, 96_000));
    expect(same(new Float32Array(bytes.buffer, 0, bytes.length / 4), whole(samples))).toBe(true);
  }
});

test("a tone takes less than half of its 16 bits", () => {
  expect(flac16(tone(48_000), 48_000).length).toBeLessThan(48_000);
});
