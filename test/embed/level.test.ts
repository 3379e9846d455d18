import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LevelMeter } from "../../src/embed/level.ts";
import { type Window, WindowStream } from "../../src/embed/windows.ts";
import { cut, ways } from "../support/cuts.ts";
import { MODELS, type ModelName } from "../support/models.ts";
import { newKernels } from "../support/runtime.ts";
import { noise, tone } from "../support/signals.ts";

function windowsOf(name: ModelName, pieces: readonly Float32Array[], rate = MODELS[name].input.rate): Window[] {
  const stream = new WindowStream(newKernels(), MODELS[name], rate, "clip");
  return [...pieces.flatMap((piece) => [...stream.push(piece)]), ...stream.flush()];
}

/** The definition, over samples at the model's rate. */
function rmsOf(samples: Float32Array): number {
  const mean = samples.reduce((total, value) => total + value, 0) / samples.length;
  const sum = samples.reduce((total, value) => total + (value - mean) ** 2, 0);
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

describe("the level of a window", () => {
  test.each([
    ["vggish", 15_360, 15_360],
    ["yamnet", 15_360, 7680],
    ["humpback", 38_400, 38_400],
  ] as const)("%s: the root mean square of the samples between its start and its end", (name, length, hop) => {
    // Louder with time, so that a window that is off by one would show.
    const samples = noise(5 * length + 4321, 0.5).map((value, at) => value * (at / (5 * length)));
    const windows = windowsOf(name, [samples]);
    expect(windows.length).toBeGreaterThan(4);
    for (const { index, rms } of windows) {
      const expected = rmsOf(samples.subarray(index * hop, index * hop + length));
      expect(Math.abs(rms / expected - 1)).toBeLessThan(1e-5);
    }
  });

  test("a sine of full scale is 0.7071, at another rate too; silence and no audio are 0", () => {
    for (const window of windowsOf("vggish", [tone(48_000, 1000, 16_000)]))
      expect(window.rms).toBeCloseTo(Math.SQRT1_2, 4);
    const [, second] = windowsOf("vggish", [tone(144_000, 1000, 48_000)], 48_000);
    expect(second?.rms).toBeCloseTo(Math.SQRT1_2, 3);
    expect(windowsOf("yamnet", [new Float32Array(16_000)])[0]?.rms).toBe(0);
    expect(windowsOf("yamnet", [])).toMatchObject([{ rms: 0 }]);
  });

  test("what is padded does not make a window quieter", () => {
    const windows = windowsOf("yamnet", [Float32Array.from({ length: 8000 }, (_, at) => (at % 2 === 0 ? 0.5 : -0.5))]);
    expect(windows).toMatchObject([{ padded: 0.46, rms: 0.5 }]);
  });

  test("however the samples are cut, the bits are the same", () => {
    const samples = noise(40_000, 0.7);
    const whole = windowsOf("yamnet", [samples], 24_000).map(({ rms }) => rms);
    fc.assert(
      fc.property(ways(9000), (sizes) => {
        expect(windowsOf("yamnet", cut(samples, sizes), 24_000).map(({ rms }) => rms)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  test("what lies before a window is forgotten", () => {
    const meter = new LevelMeter(10);
    const square = (size: number) => Float32Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? size : -size));
    meter.push(square(1));
    meter.push(square(0.25));
    expect(meter.rms(0, 10)).toBe(1);
    expect(meter.rms(5, 10)).toBe(Number(Math.sqrt((50 + 50 / 16) / 100).toPrecision(6)));
    expect(meter.rms(10, 10)).toBe(0.25);
  });

  test("a constant is no sound: it changes nothing, to the digits that float32 leaves", () => {
    const quiet = noise(32_000, 1e-3);
    for (const offset of [0.547, -0.547, 0.02]) {
      const windows = windowsOf("vggish", [quiet.map((value) => value + offset)]);
      const plain = windowsOf("vggish", [quiet]);
      for (const [at, { rms }] of windows.entries()) expect(rms / (plain[at]?.rms ?? 0)).toBeCloseTo(1, 4);
    }
    expect(windowsOf("vggish", [new Float32Array(16_000).fill(0.5)])).toMatchObject([{ rms: 0 }]);
  });

  test("without an offset it is the root mean square as it always was, to six digits", () => {
    const samples = tone(153_600, 1000, 16_000);
    for (const { index, rms } of windowsOf("vggish", [samples])) {
      const part = samples.subarray(index * 15_360, (index + 1) * 15_360);
      const plain = Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / part.length);
      expect(rms).toBe(Number(plain.toPrecision(6)));
    }
  });
});
