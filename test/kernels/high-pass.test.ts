import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HighPass } from "../../src/kernels/index.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut, ways } from "../support/cuts.ts";
import { collect } from "../support/runtime.ts";
import { noise } from "../support/signals.ts";

const RATE = 16_000;
function filtered(filter: HighPass, pieces: readonly Float32Array[]): Float32Array {
  return collect(filter, pieces);
}
const sine = (hertz: number, count: number, rate = RATE) =>
  Float32Array.from({ length: count }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hertz * at) / rate));

/** dB by which a sine is changed once the start is over. */
function gain(corner: number, hertz: number, rate = RATE): number {
  const count = Math.round((rate / hertz) * 40);
  const tail = filtered(new HighPass(corner, rate), [sine(hertz, 2 * count, rate)]).subarray(count);
  return 20 * Math.log10(Math.sqrt((2 * tail.reduce((sum, value) => sum + value * value, 0)) / tail.length) / 0.5);
}

describe("HighPass", () => {
  test.each([
    [10, 16_000],
    [100, 48_000],
    [1000, 16_000],
    [50, 384_000],
  ])("%i Hz at %i Hz: Butterworth of the 4th order", (corner, rate) => {
    expect(gain(corner, corner, rate)).toBeCloseTo(-3.0103, 1);
    // |H|^2 = 1 / (1 + (corner / f)^8), with frequencies as the bilinear transform bends them.
    const bent = (hertz: number) => Math.tan((Math.PI * hertz) / rate);
    for (const hertz of [corner / 2, corner / 4, corner * 2]) {
      const expected = -10 * Math.log10(1 + (bent(corner) / bent(hertz)) ** 8);
      expect(gain(corner, hertz, rate)).toBeCloseTo(expected, 1);
    }
  });

  test("a constant gives nothing, from the first sample on", () => {
    const out = filtered(new HighPass(20, RATE), [new Float32Array(5000).fill(-0.547)]);
    expect(Math.max(...out.map(Math.abs))).toBeLessThan(1e-12);
  });

  test("however the samples are cut, the bits are the same; a restart is a new filter", () => {
    const samples = noise(9000, 0.5).map((value) => value + 0.3);
    const whole = filtered(new HighPass(30, RATE), [samples]);
    fc.assert(
      fc.property(ways(9000), (sizes) => {
        expectSameBits(filtered(new HighPass(30, RATE), cut(samples, sizes)), whole);
      }),
      { numRuns: 30 },
    );
    const again = new HighPass(30, RATE);
    filtered(again, [noise(500, 0.9)]);
    again.restart();
    expectSameBits(filtered(again, [samples]), whole);
  });
});
