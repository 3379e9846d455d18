import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OrcaError } from "../../src/errors.ts";
import {
  type ChannelChoice,
  checkChannel,
  frameBytes,
  MAX_CHANNELS,
  PCM_ENCODINGS,
  type PcmEncoding,
  type PcmFormat,
  PcmReader,
} from "../../src/kernels/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut, ways } from "../support/cuts.ts";
import { collect, newKernels } from "../support/runtime.ts";

const SIZE: Record<PcmEncoding, number> = { u8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8, s64: 8 };
/** Full scale is where the encoding ends; 32-bit integers round to 1 there, and floats call 1 full. */
const FULL: Record<PcmEncoding, number> = {
  u8: 127 / 128,
  s16: 32767 / 32768,
  s24: 8388607 / 8388608,
  s32: 1,
  f32: 1,
  f64: 1,
  s64: 1,
};

/** The kernel in plain TypeScript: DataView, one number at a time. */
function scalarPcm(bytes: Uint8Array, { encoding, bigEndian, channels }: PcmFormat, channel: ChannelChoice) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = !bigEndian;
  const read: Record<PcmEncoding, (at: number) => number> = {
    u8: (at) => (view.getUint8(at) - 128) / 128,
    s16: (at) => view.getInt16(at, little) / 2 ** 15,
    s24: (at) =>
      (little
        ? (view.getInt8(at + 2) << 16) | view.getUint16(at, true)
        : (view.getInt8(at) << 16) | view.getUint16(at + 1, false)) /
      2 ** 23,
    s32: (at) => view.getInt32(at, little) / 2 ** 31,
    f32: (at) => view.getFloat32(at, little),
    f64: (at) => view.getFloat64(at, little),
    s64: (at) => Number(view.getBigInt64(at, little)) / 2 ** 63,
  };
  const frames = Math.floor(bytes.length / (SIZE[encoding] * channels));
  const samples = new Float32Array(frames);
  let nonFinite = 0;
  let clipped = 0;
  let beyond = 0;
  let peak = 0;
  let firstNonFinite: number | undefined;
  for (let frame = 0; frame < frames; frame++) {
    const values = Array.from({ length: channels }, (_, c) => {
      const value = Math.fround(read[encoding]((frame * channels + c) * SIZE[encoding]));
      if (!Number.isFinite(value)) {
        nonFinite++;
        firstNonFinite ??= frame;
        return 0;
      }
      if (Math.abs(value) >= FULL[encoding]) clipped++;
      if (Math.abs(value) > 1) beyond++;
      peak = Math.max(peak, Math.abs(value));
      return value;
    });
    samples[frame] =
      channel === "mean" ? values.reduce((sum, value) => sum + value, 0) * (1 / channels) : (values[channel] as number);
  }
  // 0 and -0 are one sample; a sum that begins at 0 tells them apart from one that does not.
  return { samples: samples.map((value) => value + 0), nonFinite, firstNonFinite, clipped, beyond, peak };
}

/** Random bytes with every encoding's edges among them. */
function testBytes(format: PcmFormat, frames: number): Uint8Array {
  const bytes = new Uint8Array(frames * frameBytes(format));
  let state = 0x1234567;
  for (let at = 0; at < bytes.length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 16;
  }
  const edges: Record<PcmEncoding, readonly number[][]> = {
    u8: [[0], [1], [127], [128], [255]],
    s16: [
      [0, 0x80],
      [0x01, 0x80],
      [0xff, 0x7f],
      [0xff, 0xff],
    ],
    s24: [
      [0, 0, 0x80],
      [1, 0, 0x80],
      [0xff, 0xff, 0x7f],
      [0xff, 0xff, 0xff],
    ],
    s32: [
      [0, 0, 0, 0x80],
      [0xff, 0xff, 0xff, 0x7f],
      [0xbf, 0xff, 0xff, 0x7f],
      [0xff, 0xff, 0xff, 0xff],
    ],
    f32: [0, -0, 1, -1, 0.5, 1e-45, 3e38, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(
      (value) => [...new Uint8Array(Float32Array.of(value).buffer)],
    ),
    f64: [0, -0, 1, 1 - 2 ** -30, 1 - 2 ** -20, 1e-320, 1e300, Number.NaN, Number.NEGATIVE_INFINITY].map((value) => [
      ...new Uint8Array(Float64Array.of(value).buffer),
    ]),
    s64: [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 40n - 1n].map((value) => [
      ...new Uint8Array(BigInt64Array.of(value).buffer),
    ]),
  };
  // Not at the start: the position of the first non-finite sample must count frames, not blocks.
  let at = Math.floor(bytes.length / 3 / frameBytes(format)) * frameBytes(format);
  for (const edge of edges[format.encoding]) {
    if (at + edge.length > bytes.length) break;
    bytes.set(format.bigEndian ? [...edge].reverse() : edge, at);
    at += edge.length;
  }
  return bytes;
}

const CHANNELS = [1, 2, 3, 6];
const FORMATS = PCM_ENCODINGS.flatMap((encoding) =>
  [false, true].flatMap((bigEndian) => CHANNELS.map((channels) => ({ encoding, bigEndian, channels }))),
);

describe("PCM to float32", () => {
  test.each(FORMATS)("$encoding, big endian $bigEndian, $channels channel(s): the scalar twin's bits", (format) => {
    // 16384 samples are converted at a time: 6007 frames of 3 channels take two blocks and leave an odd rest.
    for (const frames of [1, 2, 3, 7, 6007]) {
      const bytes = testBytes(format, frames);
      const choices: ChannelChoice[] = ["mean", ...Array.from({ length: format.channels }, (_, channel) => channel)];
      for (const channel of choices) {
        const reader = new PcmReader(newKernels(), format, channel);
        const samples = collect(reader, [bytes]).map((value) => value + 0);
        const twin = scalarPcm(bytes, format, channel);
        expectSameBits(samples, twin.samples);
        const { nonFinite, firstNonFinite, clipped, beyond, peak } = twin;
        expect(reader.report()).toEqual({ nonFinite, firstNonFinite, clipped, beyond, peak });
        expect(reader.frames).toBe(frames);
        expect(reader.heldBytes).toBe(0);
      }
    }
  });

  test("any cut of the bytes gives the same samples, report and rest", () => {
    const cases = fc.record({
      encoding: fc.constantFrom(...PCM_ENCODINGS),
      bigEndian: fc.boolean(),
      channels: fc.constantFrom(...CHANNELS),
      mean: fc.boolean(),
      frames: fc.nat(700),
      rest: fc.nat(47),
      sizes: ways(4000),
    });
    fc.assert(
      fc.property(cases, ({ encoding, bigEndian, channels, mean, frames, rest, sizes }) => {
        const format = { encoding, bigEndian, channels };
        const extra = rest % frameBytes(format);
        const bytes = testBytes(format, frames + 1).subarray(0, frames * frameBytes(format) + extra);
        const channel = mean ? "mean" : channels - 1;
        const whole = new PcmReader(newKernels(), format, channel);
        const parts = new PcmReader(newKernels(), format, channel);
        expectSameBits(collect(parts, cut(bytes, sizes)), collect(whole, [bytes]));
        expect(parts.report()).toEqual(whole.report());
        expect([parts.frames, parts.heldBytes]).toEqual([frames, extra]);
        expect([whole.frames, whole.heldBytes]).toEqual([frames, extra]);
      }),
      { numRuns: 300 },
    );
  });

  test("non-finite samples of every channel are counted, taken as 0, and the first is placed by its frame", () => {
    const values = new Float32Array(2 * 20_000).fill(0.25);
    values[2 * 17_000 + 1] = Number.NaN;
    values[2 * 17_000 + 2] = Number.POSITIVE_INFINITY;
    values[2 * 19_999] = Number.NEGATIVE_INFINITY;
    const reader = new PcmReader(newKernels(), { encoding: "f32", bigEndian: false, channels: 2 }, "mean");
    const samples = collect(reader, [new Uint8Array(values.buffer)]);
    expect(reader.report()).toMatchObject({ nonFinite: 3, firstNonFinite: 17_000, clipped: 0, beyond: 0 });
    expect([samples[16_999], samples[17_000], samples[17_001], samples[19_999]]).toEqual([0.25, 0.125, 0.125, 0.125]);
  });

  test("samples at full scale are counted as clipped, one step below it not", () => {
    const clipped = (encoding: PcmEncoding, bytes: number[]) => {
      const reader = new PcmReader(newKernels(), { encoding, bigEndian: false, channels: 1 }, 0);
      collect(reader, [Uint8Array.from(bytes)]);
      return reader.report().clipped;
    };
    expect(clipped("u8", [0, 255, 254, 2, 128])).toBe(2);
    expect(clipped("s16", [0xff, 0x7f, 0xfe, 0x7f, 0x00, 0x80, 0x02, 0x80])).toBe(2);
    expect(clipped("s24", [0xff, 0xff, 0x7f, 0xfe, 0xff, 0x7f, 0x00, 0x00, 0x80])).toBe(2);
    // 0x7fffffff rounds to 1 in float32, 0x7fffffbf to the number below.
    expect(clipped("s32", [0xff, 0xff, 0xff, 0x7f, 0xbf, 0xff, 0xff, 0x7f])).toBe(1);
    expect(clipped("f32", [...new Uint8Array(Float32Array.of(1, -1, 1.5, 1 - 2 ** -24).buffer)])).toBe(3);
    expect(clipped("f64", [...new Uint8Array(Float64Array.of(-1, 1 - 2 ** -24, 0).buffer)])).toBe(1);
  });

  test("bytes of an unfinished frame are held, not converted", () => {
    const reader = new PcmReader(newKernels(), { encoding: "s24", bigEndian: false, channels: 2 }, 1);
    expect(collect(reader, [new Uint8Array(0)])).toHaveLength(0);
    expect(collect(reader, [new Uint8Array(5)])).toHaveLength(0);
    expect([reader.frames, reader.heldBytes]).toEqual([0, 5]);
    expect(collect(reader, [Uint8Array.of(0x40, 1)])).toEqual(Float32Array.of(0.5));
    expect([reader.frames, reader.heldBytes]).toEqual([1, 1]);
  });

  test("the most channels that are taken: their mean", () => {
    const format: PcmFormat = { encoding: "s16", bigEndian: true, channels: MAX_CHANNELS };
    const bytes = testBytes(format, 130);
    const samples = collect(new PcmReader(newKernels(), format, "mean"), cut(bytes, [511]));
    expectSameBits(samples, scalarPcm(bytes, format, "mean").samples);
  });

  test.each([
    [1, 1],
    [2, 2],
    [2, -1],
    [3, 1.5],
    [2, Number.NaN],
  ])("%i channel(s), channel=%d: refused with the field and what to do", (channels, channel) => {
    const bad = () => new PcmReader(newKernels(), { encoding: "s16", bigEndian: false, channels }, channel);
    for (const attempt of [bad, () => checkChannel(channel, channels)]) {
      expect(attempt).toThrow(OrcaError);
      expect(attempt).toThrow(
        expect.objectContaining({
          code: "bad_option",
          field: "channel",
          hint: `Use channel=mean or a number from 0 to ${channels - 1}.`,
        }),
      );
    }
  });
});
