import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeResampler, Resampler } from "../../src/kernels/index.ts";
import { designResampler, PASS_BAND } from "../../src/kernels/resampler-design.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut, ways } from "../support/cuts.ts";
import { runs, some } from "../support/long.ts";
import { collect, newKernels } from "../support/runtime.ts";
import { noise, tone } from "../support/signals.ts";

/** Stored filters: integer ratios, few phases, many phases, up, far down. */
const STORED = [
  [48000, 16000],
  [44100, 16000],
  [48000, 10000],
  [44000, 10000],
  [22050, 10000],
  [11025, 16000],
  [8000, 16000],
  [192000, 16000],
  [768000, 10000],
  [1000, 16000],
  // One filter for several places of a cycle, because a row for each would take 4.5 MB.
  [131_072, 16000],
] as const;
/** Filters interpolated between stored ones: too many phases to store. */
const INTERPOLATED = [
  [44099, 16000],
  [16001, 10000],
  [7999, 16000],
  // Fewer stored filters, because 512 an input sample would take 8 MB.
  [230_399, 16000],
] as const;
const ALL = [...STORED, ...INTERPOLATED];

function resample(samples: Float32Array, from: number, to: number, sizes?: readonly number[]): Float32Array {
  const pieces = sizes === undefined ? [samples] : cut(samples, sizes);
  return collect(new Resampler(newKernels(), from, to), pieces);
}

/** The wanted filter, straight from the formulas of Kaiser (1974), float64: tap j of the filter that lies `phase` late. */
function kaiserTaps(l: number, m: number, taps: number, phase: number): Float64Array {
  const besselI0 = (x: number) => {
    let [term, sum] = [1, 1];
    for (let k = 1; k < 60; k++) {
      term *= (x / (2 * k)) ** 2;
      sum += term;
    }
    return sum;
  };
  const beta = 0.1102 * (180 - 8.7);
  const cutoff = ((1 + 0.9115) / 2) * Math.min(1, l / m);
  const row = Float64Array.from({ length: taps }, (_, j) => {
    const t = j - (taps / 2 - 1) - phase;
    const inside = 1 - (t / (taps / 2)) ** 2;
    const sinc = t === 0 ? 1 : Math.sin(Math.PI * cutoff * t) / (Math.PI * cutoff * t);
    return inside <= 0 ? 0 : sinc * besselI0(beta * Math.sqrt(inside));
  });
  const sum = row.reduce((total, tap) => total + tap, 0);
  return row.map((tap) => tap / sum);
}

/** Filter of output `k` as it is stored, and the input sample that its first tap stands over. */
function storedTaps(from: number, to: number, k: number): { taps: Float32Array; start: number } {
  const design = designResampler(from, to);
  if (design.kind !== "stored") throw new Error(`${from} to ${to} is not stored`);
  const { l, m, bank, rows, starts, groups, taps } = design;
  const row = k % (4 * groups);
  const shift = Math.floor((row * m) / l) - (starts[row >> 2] as number);
  const at = (rows[row] as number) + shift;
  return { taps: bank.subarray(at, at + taps), start: Math.floor((k * m) / l) - (taps / 2 - 1) };
}

/** Direct sum in float64, and the same of absolute values. */
function directSum(x: Float32Array, taps: ArrayLike<number>, start: number): { sum: number; size: number } {
  let [sum, size] = [0, 0];
  for (let j = 0; j < taps.length; j++) {
    const product = (taps[j] as number) * (x[start + j] ?? 0);
    sum += product;
    size += Math.abs(product);
  }
  return { sum, size };
}

/** 2^-24: the largest relative error of one float32 rounding. */
const ROUNDING = 2 ** -24;

/**
 * What float32 taps and float32 sums may add to samples within [-1, 1]: -120 dB; twice that for the longest filters,
 * which have more than 10,000 terms.
 */
function noiseFloor(taps: number): number {
  return taps > 10_000 ? 2e-6 : 1e-6;
}

describe("resampler against a scalar twin", () => {
  test.each(STORED)("%i to %i: a direct float64 sum with the same stored filters", (from, to) => {
    const { taps, rowLength } = designResampler(from, to);
    const x = noise(Math.ceil(taps * 1.2) + 3000);
    const y = resample(x, from, to);
    let [worst, share] = [0, 0];
    for (let k = 0; k < y.length; k++) {
      const { taps: row, start } = storedTaps(from, to, k);
      const { sum, size } = directSum(x, row, start);
      const error = Math.abs((y[k] as number) - sum);
      worst = Math.max(worst, error);
      // Four float32 sums of rowLength / 4 products each, then two additions: that many roundings of parts of `size`.
      if (error > 0) share = Math.max(share, error / ((rowLength / 4 + 3) * ROUNDING * size));
    }
    expect(share).toBeLessThanOrEqual(1);
    // Roundings partly cancel.
    expect(worst).toBeLessThanOrEqual(noiseFloor(taps));
  });

  test.each(ALL)("%i to %i: the wanted filter, designed directly for each output's position", (from, to) => {
    const { l, m, taps } = designResampler(from, to);
    const x = noise(Math.ceil(taps * 1.2) + 2000);
    const y = resample(x, from, to);
    const step = Math.max(1, Math.floor(y.length / 150));
    let worst = 0;
    for (let k = 0; k < y.length; k += step) {
      const { sum } = directSum(x, kaiserTaps(l, m, taps, ((k * m) % l) / l), Math.floor((k * m) / l) - (taps / 2 - 1));
      worst = Math.max(worst, Math.abs((y[k] as number) - sum));
    }
    // The cubic between stored filters adds less than 1e-7 (-140 dB).
    expect(worst).toBeLessThanOrEqual(noiseFloor(taps));
  });

  test("the ratios under test take both ways", () => {
    for (const [from, to] of STORED) expect(designResampler(from, to).kind).toBe("stored");
    for (const [from, to] of INTERPOLATED) expect(designResampler(from, to).kind).toBe("interpolated");
  });
});

describe("resampler: counts, delay and phase", () => {
  test.each(ALL)("%i to %i: n samples give floor(n L / M)", (from, to) => {
    for (const n of [
      0, 1, 2, 3, 4, 5, 7, 23, 24, 25, 99, 100, 441, 999, 1000, 1001, 4410, 16383, 16384, 16385, 20001,
    ]) {
      expect(resample(new Float32Array(n), from, to)).toHaveLength(Number((BigInt(n) * BigInt(to)) / BigInt(from)));
    }
  });

  test.each(ALL)("%i to %i: an impulse comes out where it went in, symmetric about it", (from, to) => {
    const { l, m, taps } = designResampler(from, to);
    // An input position on which an output falls, far enough from the start.
    const cycles = Math.ceil(taps / m) + 1;
    const x = new Float32Array(2 * cycles * m + 1);
    x[cycles * m] = 1;
    const y = resample(x, from, to);
    const centre = cycles * l;
    const peak = y[centre] as number;
    expect(y.indexOf(Math.max(...y))).toBe(centre);
    const reach = Math.min(centre, y.length - 1 - centre);
    let worst = 0;
    for (let d = 1; d <= reach; d++) {
      worst = Math.max(worst, Math.abs((y[centre - d] as number) - (y[centre + d] as number)));
    }
    // Stored: both are one float32 tap. Interpolated: four stored taps, each rounded, blended with weights below 1.2.
    expect(worst).toBeLessThanOrEqual(4 * ROUNDING * peak);
  });

  test.each(ALL)("%i to %i: a sine in the pass band keeps phase and height", (from, to) => {
    const { l, m, taps } = designResampler(from, to);
    const hertz = 0.31 * Math.min(from, to);
    const x = tone(2 * taps + 3000, hertz, from);
    const y = resample(x, from, to);
    const edge = Math.ceil(((taps / 2 + 1) * l) / m);
    expect(y.length).toBeGreaterThan(2 * edge + 20);
    let worst = 0;
    for (let k = edge; k < y.length - edge; k++) {
      worst = Math.max(worst, Math.abs((y[k] as number) - Math.sin((2 * Math.PI * hertz * k) / to)));
    }
    // Pass-band ripple (below 2e-6 dB, 2e-7) is less than the rounding.
    expect(worst).toBeLessThanOrEqual(noiseFloor(taps));
  });

  test.each(ALL)("%i to %i: the gain at 0 Hz is 1 in every phase", (from, to) => {
    const { l, m, taps } = designResampler(from, to);
    const y = resample(new Float32Array(2 * taps + Math.min(4 * m, 9000)).fill(1), from, to);
    const edge = Math.ceil(((taps / 2 + 1) * l) / m);
    const middle = y.subarray(edge, y.length - edge);
    expect(middle.length).toBeGreaterThan(10);
    // Taps are rounded to float32 after their sum was made 1.
    const worst = middle.reduce((most, value) => Math.max(most, Math.abs(value - 1)), 0);
    expect(worst).toBeLessThanOrEqual(noiseFloor(taps));
  });

  test.each([
    [44100, 16000, 40_000],
    [44099, 16000, 120],
    [22050, 10000, 40_000],
  ])("%i to %i: after %i cycles of phases the position is still exact", (from, to, cycles) => {
    const { l, m, taps } = designResampler(from, to);
    const early = Math.ceil(taps / m) + 1;
    const answer = (at: number) => {
      const resampler = new Resampler(newKernels(), from, to);
      const silence = new Float32Array(at * m - taps);
      const end = new Float32Array(2 * taps);
      end[taps] = 1;
      return collect(resampler, [silence, end]).subarray(at * l - 50, at * l + 50);
    };
    // 5 to 18 million samples later the same bits: the phase is counted in integers.
    expectSameBits(answer(cycles), answer(early));
    expect(answer(early)[50]).toBeGreaterThan(0.2);
  });
});

/** Rates that hydrophones and recorders have, and awkward ones; those that stand for the others first. */
const RESPONSES = [
  ...[44100, 48000, 192000, 8000].map((from) => [from, 16000] as const),
  ...[48000, 44100, 64000, 16000].map((from) => [from, 10000] as const),
  ...[96000, 64000, 22050, 32000, 20000, 24000, 11025].map((from) => [from, 16000] as const),
  ...[192000, 96000, 22050, 32000, 20000, 24000, 8000, 44000].map((from) => [from, 10000] as const),
];

/** All phases of the stored filters as the one filter at L times the input rate that they were cut from. */
function prototype(from: number, to: number): { filter: Float64Array; l: number } {
  const { l, m, taps } = designResampler(from, to);
  const filter = new Float64Array(l * (taps + 1));
  for (let k = 0; k < l; k++) {
    const row = storedTaps(from, to, k).taps;
    const phase = (k * m) % l;
    for (let j = 0; j < taps; j++) filter[(j + 1) * l - phase] = (row[j] as number) / l;
  }
  return { filter, l };
}

/** |H| at `cycles` a sample: a plain Fourier sum. */
function gainAt(filter: Float64Array, cycles: number): number {
  let [re, im] = [0, 0];
  for (let n = 0; n < filter.length; n++) {
    const angle = 2 * Math.PI * ((n * cycles) % 1);
    re += (filter[n] as number) * Math.cos(angle);
    im -= (filter[n] as number) * Math.sin(angle);
  }
  return Math.hypot(re, im);
}

/** |H| at k / (2 * result.length) cycles a sample, by a radix-2 transform of `size` points. */
function gains(filter: Float64Array, size: number): Float64Array {
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  for (let n = 0, bits = Math.log2(size); n < filter.length; n++) {
    let reversed = 0;
    for (let b = 0; b < bits; b++) reversed |= ((n >> b) & 1) << (bits - 1 - b);
    re[reversed] = filter[n] as number;
  }
  const cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sin = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
  for (let half = 1; half < size; half *= 2) {
    const stride = size / (2 * half);
    for (let block = 0; block < size; block += 2 * half) {
      for (let k = 0; k < half; k++) {
        const [wr, wi] = [cos[k * stride] as number, sin[k * stride] as number];
        const [a, b] = [block + k, block + k + half];
        const xr = (re[b] as number) * wr - (im[b] as number) * wi;
        const xi = (re[b] as number) * wi + (im[b] as number) * wr;
        re[b] = (re[a] as number) - xr;
        im[b] = (im[a] as number) - xi;
        re[a] = (re[a] as number) + xr;
        im[a] = (im[a] as number) + xi;
      }
    }
  }
  return Float64Array.from({ length: size / 2 }, (_, k) => Math.hypot(re[k] as number, im[k] as number));
}

/** Height of the tone of `cycles` a sample in `y`, under a Hann window so that it may be cut anywhere. */
function heightOf(y: Float32Array, cycles: number): number {
  let [re, im, weight] = [0, 0, 0];
  for (const [k, value] of y.entries()) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (k + 0.5)) / y.length);
    weight += window;
    re += window * value * Math.cos(2 * Math.PI * cycles * k);
    im += window * value * Math.sin(2 * Math.PI * cycles * k);
  }
  return (2 * Math.hypot(re, im)) / weight;
}

const decibels = (gain: number) => 20 * Math.log10(gain);

describe("frequency response of the stored filters", () => {
  test.each(some(RESPONSES, 8))("%i to %i: pass band within 0.001 dB, stop band at least 120 dB", (from, to) => {
    const { filter, l } = prototype(from, to);
    const nyquist = Math.min(from, to) / 2;
    const cyclesOf = (hertz: number) => hertz / (l * from);
    const size = 2 ** Math.ceil(Math.log2(3 * filter.length));
    const response = gains(filter, size);
    let [ripple, leak] = [0, 0];
    for (const [k, gain] of response.entries()) {
      const hertz = (k / size) * l * from;
      if (hertz <= PASS_BAND * nyquist) ripple = Math.max(ripple, Math.abs(decibels(gain)));
      else if (hertz >= nyquist) leak = Math.max(leak, gain);
    }
    // The edges themselves, between the transform's points.
    ripple = Math.max(ripple, Math.abs(decibels(gainAt(filter, cyclesOf(PASS_BAND * nyquist)))));
    leak = Math.max(leak, gainAt(filter, cyclesOf(nyquist)));
    console.log(
      `${from} to ${to}: pass band to ${PASS_BAND} of Nyquist within ${ripple.toExponential(1)} dB, ` +
        `stop band ${decibels(leak).toFixed(1)} dB`,
    );
    expect(PASS_BAND).toBe(0.9136);
    expect(ripple).toBeLessThanOrEqual(0.001);
    expect(decibels(leak)).toBeLessThanOrEqual(-120);
    expect(decibels(gainAt(filter, cyclesOf(((1 + 0.9115) / 2) * nyquist)))).toBeCloseTo(decibels(0.5), 2);
  });

  test.each([
    [48000, 16000],
    [44100, 10000],
    [44099, 16000],
    [16001, 10000],
  ])("%i to %i: tones of the stop band, streamed, stay 120 dB down; tones of the pass band whole", (from, to) => {
    const { l, m, taps } = designResampler(from, to);
    const edge = Math.ceil(((taps / 2 + 1) * l) / m);
    const middle = (hertz: number) => {
      const y = resample(tone(3 * taps + 4000, hertz, from), from, to, [1000, 333]);
      return y.subarray(edge, y.length - edge);
    };
    for (const part of [1, 1.01, 1.07, 1.3, 1.5]) {
      const hertz = (part * to) / 2;
      if (hertz >= from / 2) continue;
      const y = middle(hertz);
      const power = y.reduce((sum, value) => sum + value * value, 0) / y.length;
      expect(decibels(Math.sqrt(2 * power))).toBeLessThanOrEqual(-120);
    }
    for (const part of [0.2, 0.5, PASS_BAND]) {
      const hertz = (part * to) / 2;
      expect(Math.abs(decibels(heightOf(middle(hertz), hertz / to)))).toBeLessThanOrEqual(0.001);
    }
  });
});

test.each([...ALL, [767_999, 16000], [767_999, 10000], [65_536, 16000], [22_255, 16000]] as const)(
  "%i to %i: less than 4 MB of a stream's memory, filters and buffers together",
  (from, to) => {
    const kernels = newKernels();
    const before = kernels.run.memory.buffer.byteLength;
    const resampler = new Resampler(kernels, from, to);
    for (const _ of resampler.push(new Float32Array(20_000)));
    expect(kernels.run.memory.buffer.byteLength - before).toBeLessThan(4e6);
    const design = designResampler(from, to);
    expect(design.bank.byteLength).toBeLessThanOrEqual(3 * 1024 ** 2);
  },
);

describe("resampler: chunk invariance", () => {
  test.each(ALL)("%i to %i: one sample at a time gives the same bits", (from, to) => {
    const { taps } = designResampler(from, to);
    const x = noise(Math.ceil(1.5 * taps) + 1500);
    expectSameBits(resample(x, from, to, [1]), resample(x, from, to));
  });

  test("any cut gives the same bits, for stored and interpolated filters", () => {
    const cases = fc.record({
      // The largest banks are left to the test above: a bank is copied for each run.
      rates: fc.constantFrom(...ALL.filter(([from]) => from < 100_000)),
      length: fc.nat(20_000),
      sizes: ways(17_000),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(cases, ({ rates: [from, to], length, sizes, seed }) => {
        const x = noise(length, 1, seed);
        expectSameBits(resample(x, from, to, sizes), resample(x, from, to));
      }),
      { numRuns: runs(40, 1000) },
    );
  });
});

describe("what the header says of the resampler", () => {
  test("named, with its pass band in Hz; none where the rate is the model's", () => {
    expect(describeResampler(48000, 16000)).toEqual({
      name: "kaiser180",
      from: 48000,
      to: 16000,
      passBand: 0.9136 * 8000,
      delay: 0,
    });
    expect(describeResampler(8000, 16000).passBand).toBe(0.9136 * 4000);
    expect(describeResampler(16000, 16000)).toEqual({
      name: "none",
      from: 16000,
      to: 16000,
      passBand: 8000,
      delay: 0,
    });
  });
});
