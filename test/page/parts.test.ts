import { describe, expect, test } from "vitest";
import { clock } from "../../page/audio/times.ts";
import { openWav } from "../../page/audio/wav-file.ts";
import { pointAt, pointsInside } from "../../page/views/plane.ts";
import { bandPosition, timeTicks } from "../../page/views/ticks.ts";
import { joinFloats } from "../../src/join.ts";
import { pictureOf } from "../../src/models/index.ts";
import { MODELS } from "../support/models.ts";
import { noise } from "../support/recordings.ts";
import { chunk, type FormatFields, formatChunk, riff } from "../support/wav.ts";

test("lasso and click", () => {
  const points = Float32Array.of(5, 5, 15, 5, 5, 15, 50, 50);
  // An L that leaves out its corner.
  expect(pointsInside(points, [0, 0, 20, 0, 20, 10, 10, 10, 10, 20, 0, 20])).toEqual([0, 1, 2]);
  expect(pointsInside(points, [10, 0, 20, 0, 20, 10, 10, 10])).toEqual([1]);
  expect(pointAt(points, 48, 48, 4)).toBe(3);
  expect(pointAt(points, 40, 40, 4)).toBeUndefined();
});

describe("a WAV file read where it lies", () => {
  const samples = noise(4000, 3);
  const write = (format: FormatFields, bytes: number, set: (view: DataView, at: number, value: number) => void) => {
    const view = new DataView(new ArrayBuffer(samples.length * bytes));
    for (const [at, value] of samples.entries()) set(view, at * bytes, value);
    const chunks = [formatChunk({ channels: 2, rate: 1000, ...format }), chunk("data", new Uint8Array(view.buffer))];
    return new Blob([riff(chunks) as Uint8Array<ArrayBuffer>]);
  };
  const cases = [
    ["8 bits", write({ bits: 8 }, 1, (view, at, value) => view.setUint8(at, Math.round(value * 128) + 128)), 1 / 128],
    [
      "16 bits",
      write({ bits: 16 }, 2, (view, at, value) => view.setInt16(at, Math.round(value * 32768), true)),
      1 / 32768,
    ],
    [
      "24 bits",
      write({ bits: 24 }, 3, (view, at, value) => {
        const whole = Math.round(value * 8388608);
        view.setUint16(at, whole & 0xffff, true);
        view.setInt8(at + 2, whole >> 16);
      }),
      1e-6,
    ],
    ["float", write({ bits: 32, tag: 3 }, 4, (view, at, value) => view.setFloat32(at, value, true)), 1e-7],
  ] as const;
  test.each(cases)("%s, two channels: any seconds, and no more than there are", async (_, file, tolerance) => {
    const sound = await openWav(file);
    expect(sound).toMatchObject({ rate: 1000, seconds: 2 });
    const read = joinFloats([
      (await sound?.read(0, 0.7)) as Float32Array,
      (await sound?.read(0.7, 99)) as Float32Array,
    ]);
    expect(read.length).toBe(2000);
    for (const [at, value] of read.entries()) {
      const expected = ((samples[2 * at] as number) + (samples[2 * at + 1] as number)) / 2;
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance);
    }
  });

  test("what is no PCM WAV is left to the browser and the server", async () => {
    for (const bytes of [
      new Uint8Array(3),
      new TextEncoder().encode("This is not a recording at all."),
      riff([chunk("LIST", new Uint8Array(4))]),
    ]) {
      expect(await openWav(new Blob([bytes as Uint8Array<ArrayBuffer>]))).toBeUndefined();
    }
  });
});

describe("times and axes", () => {
  test("clocks", () => {
    expect(clock(0)).toBe("0:00");
    expect(clock(59.996, 2)).toBe("1:00.00");
    expect(clock(75.5, 1)).toBe("1:15.5");
    expect(clock(3661)).toBe("1:01:01");
  });

  test("ticks at round times", () => {
    expect(timeTicks(0, 10, 1.3)).toEqual({ step: 2, times: [0, 2, 4, 6, 8, 10] });
    expect(timeTicks(61, 200, 40)).toEqual({ step: 60, times: [120, 180] });
  });

  test("frequencies stand where the mel bands have them", () => {
    const { bandCentres } = pictureOf(MODELS.yamnet);
    // Of 64 bands each is a 65th above the one below it.
    expect(bandPosition(bandCentres[9] as number, bandCentres)).toBeCloseTo(10 / 65, 9);
    expect(bandPosition(100, bandCentres)).toBeUndefined();
    expect(bandPosition(7600, bandCentres)).toBeUndefined();
    // mel(1000) = 1000 by definition; mel(5000) = 2363.
    expect(bandPosition(1000, pictureOf(MODELS.humpback).bandCentres)).toBeCloseTo(1000 / 2363, 3);
  });
});
