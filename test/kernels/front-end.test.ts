import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  LogMel,
  type LogMelOptions,
  melFilters,
  Pcen,
  type PcenOptions,
  type PcenWeights,
} from "../../src/kernels/index.ts";
import { bandCentres, hertzOfMel } from "../../src/kernels/mel.ts";
import { expectSameBits, ulp32 } from "../support/bits.ts";
import { largestDifference } from "../support/compare.ts";
import { cut, ways } from "../support/cuts.ts";
import { MODELS } from "../support/models.ts";
import { referenceLogMel, referencePcen } from "../support/reference-front-ends.ts";
import { collect, newKernels } from "../support/runtime.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";
import { clicks, lcgNoise, noise, tone } from "../support/signals.ts";

const vggish = MODELS.vggish.frontEnd as LogMelOptions;
const yamnet = MODELS.yamnet.frontEnd as LogMelOptions;
const humpback = MODELS.humpback.frontEnd as PcenOptions;

const BANDS = 64;
const fill = (value: number) => new Array<number>(BANDS).fill(value);
/** The published start of training; and vectors that differ from band to band and reach the clamps. */
const INITIAL: PcenWeights = { alpha: fill(0.98), delta: fill(2), root: fill(2) };
const VARIED: PcenWeights = {
  alpha: Array.from({ length: BANDS }, (_, band) => 0.7 + band / 150),
  delta: Array.from({ length: BANDS }, (_, band) => 0.5 + band / 20),
  root: Array.from({ length: BANDS }, (_, band) => 0.9 + band / 25),
};

const logMel = (options: LogMelOptions, pieces: Float32Array[]) => collect(new LogMel(newKernels(), options), pieces);
const pcen = (weights: PcenWeights, pieces: Float32Array[], restartEvery = Number.POSITIVE_INFINITY) =>
  collect(new Pcen(newKernels(), humpback, weights, restartEvery), pieces);

const SIGNALS: readonly (readonly [name: string, make: (length: number, rate: number) => Float32Array])[] = [
  ["full-scale noise", (length) => noise(length)],
  ["quiet noise", (length) => noise(length, 1e-4, 7)],
  ["a tone", (length, rate) => tone(length, 440, rate, 0.5)],
  ["a tone at a band's edge", (length, rate) => tone(length, 4321, rate)],
  ["clicks", (length) => clicks(length, 777)],
  ["silence, then noise", (length) => noise(length).fill(0, 0, length >> 1)],
  ["noise, then silence", (length) => noise(length).fill(0, length >> 1)],
  ["a constant", (length) => new Float32Array(length).fill(0.3)],
];

/** Largest distance in float32 steps; `noise` is what float64 arithmetic itself may add, as an absolute number. */
function largestSteps(ours: Float32Array, truth: Float64Array, noise: number): number {
  expect(ours.length).toBe(truth.length);
  return ours.reduce((largest, value, at) => {
    const exact = truth[at] as number;
    return Math.max(largest, Math.max(0, Math.abs(value - exact) - noise) / ulp32(exact));
  }, 0);
}

describe("front ends against the float64 truth", () => {
  test.each(SIGNALS)("log-mel of %s", (_, make) => {
    const x = make(8000, 16000);
    // Half a step is the rounding of the result; float64's own error shows only where the logarithm is near 0.
    expect(largestSteps(logMel(vggish, [x]), referenceLogMel(x, 0.01), 1e-13)).toBeLessThanOrEqual(0.51);
    expect(largestSteps(logMel(yamnet, [x]), referenceLogMel(x, 0.001), 1e-13)).toBeLessThanOrEqual(0.51);
  });

  test.each(SIGNALS)("PCEN of %s", (_, make) => {
    const x = make(24_000, 10000);
    // The last subtraction takes numbers near 1 to 3 from each other: float64 leaves up to 1e-14 of noise there. Beyond
    // half a step there is what float64 leaves of a loud tone in bands that are 300 dB below it.
    expect(largestSteps(pcen(INITIAL, [x]), referencePcen(x, INITIAL), 1e-14)).toBeLessThanOrEqual(0.6);
    expect(largestSteps(pcen(VARIED, [x]), referencePcen(x, VARIED), 1e-14)).toBeLessThanOrEqual(0.6);
  });

  test("silence is exactly ln(offset), and exactly 0 in PCEN", () => {
    const silence = new Float32Array(5000);
    expect(new Set(logMel(vggish, [silence]))).toEqual(new Set([Math.fround(Math.log(0.01))]));
    expect(new Set(logMel(yamnet, [silence]))).toEqual(new Set([Math.fround(Math.log(0.001))]));
    expect(new Set(pcen(VARIED, [silence]))).toEqual(new Set([0]));
  });

  test("frames: 1 + floor((n - window) / hop), and none below a window", () => {
    for (const n of [0, 1, 399, 400, 559, 560, 719, 720, 15999, 16383, 16384, 16385, 40_000]) {
      const frames = n < 400 ? 0 : 1 + Math.floor((n - 400) / 160);
      expect(logMel(yamnet, [new Float32Array(n)])).toHaveLength(frames * BANDS);
    }
    for (const n of [0, 1, 1023, 1024, 1323, 1324, 16384, 16385, 40_000]) {
      const frames = n < 1024 ? 0 : 1 + Math.floor((n - 1024) / 300);
      expect(pcen(INITIAL, [new Float32Array(n)])).toHaveLength(frames * BANDS);
    }
  });
});

describe("PCEN's smoother", () => {
  const x = noise(299 * 300 + 1024, 0.02).fill(0, 50_000, 60_000);

  test("window: starts anew every 128 frames, as the reference does", () => {
    const truth = referencePcen(x, VARIED, 128);
    expect(largestSteps(pcen(VARIED, [x], 128), truth, 1e-14)).toBeLessThanOrEqual(0.6);
  });

  test("window and clip agree up to the first restart and differ after it", () => {
    const [clip, window] = [pcen(VARIED, [x]), pcen(VARIED, [x], 128)];
    expectSameBits(window.subarray(0, 128 * BANDS), clip.subarray(0, 128 * BANDS));
    expect(window.subarray(128 * BANDS, 129 * BANDS)).not.toEqual(clip.subarray(128 * BANDS, 129 * BANDS));
    // A window that starts anew is what a clip that begins there would be.
    expectSameBits(window.subarray(128 * BANDS, 256 * BANDS), pcen(VARIED, [x.subarray(128 * 300, 255 * 300 + 1024)]));
  });

  test("alpha above 1 counts as 1, root below 1 as 1", () => {
    const beyond = { alpha: fill(1.3), delta: fill(2), root: fill(0.4) };
    const clamped = { alpha: fill(1), delta: fill(2), root: fill(1) };
    const part = x.subarray(0, 20_000);
    expectSameBits(pcen(beyond, [part]), pcen(clamped, [part]));
  });
});

describe("chunk invariance", () => {
  test("one sample at a time gives the same bits", () => {
    const x = noise(18_000, 0.3);
    const single = cut(x, [1]);
    expectSameBits(logMel(yamnet, single), logMel(yamnet, [x]));
    expectSameBits(pcen(VARIED, single), pcen(VARIED, [x]));
    expectSameBits(pcen(VARIED, single, 7), pcen(VARIED, [x], 7));
  });

  test("any cut gives the same bits", () => {
    const cases = fc.record({ length: fc.nat(40_000), sizes: ways(20_000), restart: fc.constantFrom(1, 2, 5, 128) });
    fc.assert(
      fc.property(cases, ({ length, sizes, restart }) => {
        const x = noise(length, 0.5, length + 1);
        const pieces = cut(x, sizes);
        expectSameBits(logMel(vggish, pieces), logMel(vggish, [x]));
        expectSameBits(pcen(VARIED, pieces), pcen(VARIED, [x]));
        expectSameBits(pcen(VARIED, pieces, restart), pcen(VARIED, [x], restart));
      }),
      { numRuns: 60 },
    );
  });

  test("a frame has the same bits as first or second of a pair, or alone", () => {
    const x = noise(400 + 5 * 160);
    const together = logMel(yamnet, [x]);
    for (let frame = 0; frame < 6; frame++) {
      const alone = logMel(yamnet, [x.subarray(frame * 160, frame * 160 + 400)]);
      const shifted = logMel(yamnet, [x.subarray(Math.max(0, frame - 1) * 160)]);
      expectSameBits(together.subarray(frame * BANDS, (frame + 1) * BANDS), alone);
      const at = Math.min(frame, 1) * BANDS;
      expectSameBits(shifted.subarray(at, at + BANDS), alone);
    }
  });
});

describe("mel filters", () => {
  const dense = (options: LogMelOptions | PcenOptions) => {
    const { range, weights, firstBin, lastBin } = melFilters(options);
    const bins = options.fftLength / 2 + 1;
    const matrix = new Float64Array(bins * BANDS);
    let next = 0;
    for (let band = 0; band < BANDS; band++) {
      const [first = 0, count = 0] = range.subarray(2 * band);
      expect(count).toBeGreaterThan(0);
      for (let bin = first; bin < first + count; bin++) matrix[bin * BANDS + band] = weights[next++] as number;
    }
    expect(next).toBe(weights.length);
    const rows = Array.from({ length: bins }, (_, bin) => matrix.subarray(bin * BANDS, (bin + 1) * BANDS));
    const used = rows.flatMap((row, bin) => (row.some((weight) => weight > 0) ? [bin] : []));
    expect([used[0], used.at(-1)]).toEqual([firstBin, lastBin]);
    return { matrix, nonZeros: weights.length, rows: [firstBin, lastBin] };
  };
  const columnSum = (matrix: Float64Array, band: number) =>
    matrix.reduce((sum, weight, at) => sum + (at % BANDS === band ? weight : 0), 0);

  test("VGGish and YAMNet: 461 weights, in bins 5 to 239 of 257", () => {
    const { nonZeros, rows, matrix } = dense(yamnet);
    expect({ nonZeros, rows }).toEqual({ nonZeros: 461, rows: [5, 239] });
    // golden/frontend_numpy.json, vggish_mel_matrix.
    expect(columnSum(matrix, 0)).toBeCloseTo(0.9476904648443717, 12);
    expect(columnSum(matrix, 63)).toBeCloseTo(8.944183294481256, 12);
    expect(dense(vggish).matrix).toEqual(matrix);
  });

  test("Humpback: 1002 weights, in bins 1 to 511 of 513, none at 0 Hz and at Nyquist", () => {
    const { nonZeros, rows, matrix } = dense(humpback);
    expect({ nonZeros, rows }).toEqual({ nonZeros: 1002, rows: [1, 511] });
    expect(columnSum(matrix, 0)).toBeCloseTo(2.32850565713075, 12);
    expect(columnSum(matrix, 63)).toBeCloseTo(18.228779532154377, 12);
    expect(matrix[BANDS]).toBeCloseTo(0.4294135754242468, 12);
    expect(matrix[100 * BANDS + 26]).toBeCloseTo(0.9287015281694542, 12);
    expect(matrix[100 * BANDS + 27]).toBeCloseTo(0.07129847183054583, 12);
  });

  test("bands are centred evenly in mel", () => {
    const centres = bandCentres(humpback);
    expect(centres).toHaveLength(64);
    const mel = (hertz: number) => 1127 * Math.log(1 + hertz / 700);
    for (const [band, centre] of centres.entries()) expect(mel(centre)).toBeCloseTo((mel(5000) * (band + 1)) / 65, 9);
    expect(hertzOfMel(mel(1234))).toBeCloseTo(1234, 9);
  });

  test.skipIf(!sharedExists)("the published YAMNet graph's matrix: the same weights within 8.3e-6", () => {
    const bytes = readFileSync(sharedPath("spec/data/tfhub_yamnet_mel_257x64_f32le.bin"));
    const published = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const { matrix } = dense(yamnet);
    // TensorFlow worked it out in float32.
    expect(largestDifference(matrix, published)).toBeLessThanOrEqual(8.3e-6);
    expect(published.filter((weight) => weight !== 0)).toHaveLength(461);
    expect(published.every((weight, at) => (weight !== 0) === (matrix[at] as number) > 0)).toBe(true);
  });

  test.skipIf(!sharedExists)("the published YAMNet graph's window: the kernel's within 2.9e-7", () => {
    const bytes = readFileSync(sharedPath("spec/data/tfhub_yamnet_hann400_f32le.bin"));
    const published = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    // Frame k holds one impulse at sample k, whose spectrum is flat: a band's sum is the window there times the impulse
    // and the band's weights. They are made 1 in the top band, so that the logarithm loses least.
    const top = columnSum(dense(vggish).matrix, 63);
    const impulse = Math.fround(1 / top);
    const x = new Float32Array(400 * 400);
    for (let k = 0; k < 400; k++) x[401 * k] = impulse;
    const frames = logMel({ ...vggish, hop: 400 }, [x]);
    const window = published.map((_, k) => (Math.exp(frames[k * BANDS + 63] as number) - 0.01) / (top * impulse));
    // TensorFlow's float32 cosine is 2.46e-7 off at worst, and the logarithms' rounding less than 4e-8.
    expect(largestDifference(window, published)).toBeLessThanOrEqual(2.9e-7);
  });
});

describe.skipIf(!sharedExists)("golden/frontend_numpy.json: float64 NumPy on synthetic signals", () => {
  interface Facts {
    readonly shape: readonly [number, number];
    readonly mean: number;
    readonly std: number;
    readonly min: number;
    readonly max: number;
  }
  const golden: Record<string, Record<string, unknown>> = sharedExists
    ? JSON.parse(readFileSync(sharedPath("golden/frontend_numpy.json"), "utf8"))
    : {};

  /** Zero samples at the end up to whole windows, as pad_waveform does: 48000 to 54000. */
  const padded = (x: Float32Array) => {
    const out = new Float32Array(54_000);
    out.set(x);
    return out;
  };
  const chirp = Float32Array.from(
    { length: 100_000 },
    (_, k) => 0.02 * Math.sin(2 * Math.PI * (100 * (k / 10_000) + 45 * (k / 10_000) ** 2)),
  );
  // NumPy had float64 samples. Their rounding to float32 shows where nothing else is, in the empty bands of a tone, the
  // more the smaller the offset; elsewhere half a step of float32 below 8 is left.
  const cases: readonly (readonly [name: string, signal: string, make: () => Float32Array, tolerance: number])[] = [
    ["vggish_sine1k_3s", "sin(2 pi 1000 k / 16000)", () => logMel(vggish, [tone(48_000, 1000, 16000)]), 1e-4],
    ["vggish_lcg_3s", "generator of Numerical Recipes from 12345", () => logMel(vggish, [lcgNoise(48_000, 1)]), 5e-7],
    ["yamnet_sine440_3s", "sin(2 pi 440 k / 16000)", () => logMel(yamnet, [padded(tone(48_000, 440, 16000))]), 5e-4],
    ["yamnet_lcg_3s", "as above, padded", () => logMel(yamnet, [padded(lcgNoise(48_000, 1))]), 5e-7],
    ["yamnet_zeros_3s", "zeros", () => logMel(yamnet, [new Float32Array(54_000)]), 5e-7],
    ["humpback_sine300_amp.02_10s", "0.02 sin", () => pcen(INITIAL, [tone(100_000, 300, 10_000, 0.02)]), 5e-7],
    ["humpback_lcg_amp.01_10s", "0.01 noise", () => pcen(INITIAL, [lcgNoise(100_000, 0.01)]), 5e-7],
    ["humpback_chirp100_1000_10s", "0.02 sin(2 pi (100 t + 45 t^2))", () => pcen(INITIAL, [chirp]), 5e-7],
  ];

  test.each(cases)("%s: %s", (name, _, make, tolerance) => {
    const entry = golden[name] ?? {};
    const facts = (entry.pcen ?? entry) as unknown as Facts;
    const ours = make();
    const mean = ours.reduce((sum, value) => sum + value, 0) / ours.length;
    const std = Math.sqrt(ours.reduce((sum, value) => sum + (value - mean) ** 2, 0) / ours.length);
    expect([ours.length / BANDS, BANDS]).toEqual(facts.shape);
    let worst = Math.max(
      ...[mean - facts.mean, std - facts.std, Math.min(...ours) - facts.min, Math.max(...ours) - facts.max].map(
        Math.abs,
      ),
    );
    let slices = 0;
    for (const [key, values] of Object.entries(entry)) {
      const [, frame, from, to] = /^(?:pcen)?\[(\d+)\]\[(\d+):(\d+)\]$/.exec(key) ?? [];
      if (frame === undefined) continue;
      slices++;
      const at = Number(frame) * BANDS;
      const part = ours.subarray(at + Number(from), at + Number(to));
      worst = Math.max(worst, largestDifference(part, values as number[]));
    }
    expect(slices).toBe(2);
    console.log(`${name}: within ${worst.toExponential(1)} of NumPy`);
    expect(worst).toBeLessThanOrEqual(tolerance);
  });

  test("every entry of the file is held against something", () => {
    const held = new Set([...cases.map(([name]) => name), "humpback_mel_matrix", "vggish_mel_matrix"]);
    expect(Object.keys(golden).filter((name) => !held.has(name))).toEqual([]);
  });
});
