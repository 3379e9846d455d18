import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scaleWindow, type WindowScaling } from "../../src/kernels/index.ts";
import { noise } from "../support/signals.ts";

const PERCH: WindowScaling = { removeMean: true, peak: 0.25 };

function scaled(samples: Float32Array, scaling: WindowScaling): Float32Array {
  const out = samples.slice();
  scaleWindow(out, scaling);
  return out;
}

describe("scaling a window", () => {
  test("Perch: less its mean, then to a peak of 0.25", () => {
    expect(scaled(Float32Array.of(1, 2, 3, 6), PERCH)).toEqual(
      Float32Array.of(-2, -1, 0, 3).map((y) => (y * 0.25) / 3),
    );
  });

  test("the mean alone, the peak alone, neither", () => {
    const x = Float32Array.of(0.5, -1, 0.25);
    expect(scaled(x, { removeMean: true })).toEqual(x.map((value) => value + 0.25 / 3));
    expect(scaled(x, { removeMean: false, peak: 0.5 })).toEqual(Float32Array.of(0.25, -0.5, 0.125));
    expect(scaled(x, { removeMean: false })).toEqual(x);
  });

  test("any noise: mean 0, largest value 0.25, one factor for all", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 4000 }),
        fc.integer({ min: -38, max: 30 }),
        fc.nat(),
        (length, power, seed) => {
          const offset = 10 ** power;
          const x = noise(length, offset, seed + 1).map((value) => value + offset / 3);
          const y = scaled(x, PERCH);
          const mean = x.reduce((sum, value) => sum + value, 0) / length;
          const largest = x.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
          fc.pre(largest > 0);
          expect(y.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBe(0.25);
          for (const [at, value] of y.entries()) {
            expect(Math.abs(value - ((x[at] as number) - mean) * (0.25 / largest))).toBeLessThanOrEqual(2 ** -26);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("silence stays silence, and so does a constant whose mean is removed", () => {
    expect(new Set(scaled(new Float32Array(1000), PERCH))).toEqual(new Set([0]));
    for (const constant of [0.1, -0.3, 1e-40, 3e38]) {
      expect(new Set(scaled(new Float32Array(160_000).fill(constant), PERCH).map(Math.abs))).toEqual(new Set([0]));
    }
    expect(new Set(scaled(new Float32Array(100).fill(-0.125), { removeMean: false, peak: 0.25 }))).toEqual(
      new Set([-0.25]),
    );
    expect(scaled(new Float32Array(0), PERCH)).toHaveLength(0);
  });

  test("the quietest sound there is reaches the peak", () => {
    const x = new Float32Array(8);
    x[3] = 2 ** -149;
    expect(scaled(x, { removeMean: false, peak: 0.25 })[3]).toBe(0.25);
    expect(scaled(new Float32Array([3e38, -3e38]), PERCH)).toEqual(Float32Array.of(0.25, -0.25));
  });
});
