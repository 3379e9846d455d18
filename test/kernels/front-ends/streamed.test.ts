import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogMelOptions } from "../../../src/kernels/index.ts";
import { expectSameBits, ulp32 } from "../../support/bits.ts";
import { largestDifference } from "../../support/compare.ts";
import { cut, ways } from "../../support/cuts.ts";
import { HUMPBACK, streamed, VGGISH, YAMNET } from "../../support/front-ends.ts";
import { referenceLogMel, referencePcen } from "../../support/reference-front-ends.ts";
import { collect } from "../../support/runtime.ts";
import { sharedExists, sharedPath } from "../../support/shared.ts";
import { clicks, lcgNoise, noise, tone } from "../../support/signals.ts";

const BANDS = 64;
const fill = (value: number) => new Array<number>(BANDS).fill(value);
/** The published start of training; and vectors that differ from band to band and reach the clamps. */
const INITIAL = { alpha: fill(0.98), delta: fill(2), root: fill(2) };
const VARIED = {
  alpha: Array.from({ length: BANDS }, (_, band) => 0.7 + band / 150),
  delta: Array.from({ length: BANDS }, (_, band) => 0.5 + band / 20),
  root: Array.from({ length: BANDS }, (_, band) => 0.9 + band / 25),
};

const logMel = (options: LogMelOptions, pieces: Float32Array[]) => collect(streamed(options), pieces);
const pcen = (weights: typeof INITIAL, pieces: Float32Array[], restartEvery?: number) =>
  collect(streamed({ ...HUMPBACK, ...weights }, restartEvery), pieces);

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
    expect(largestSteps(logMel(VGGISH, [x]), referenceLogMel(x, 0.01), 1e-13)).toBeLessThanOrEqual(0.51);
    expect(largestSteps(logMel(YAMNET, [x]), referenceLogMel(x, 0.001), 1e-13)).toBeLessThanOrEqual(0.51);
  });

  test.each(SIGNALS)("PCEN of %s", (_, make) => {
    const x = make(24_000, 10000);
    // The last subtraction takes numbers near 1 to 3 from each other: float64 leaves up to 1e-14 of noise there. Beyond
    // half a step there is what float64 leaves of a loud tone in bands that are 300 dB below it.
    expect(largestSteps(pcen(INITIAL, [x]), referencePcen(x, INITIAL), 1e-14)).toBeLessThanOrEqual(0.6);
    expect(largestSteps(pcen(VARIED, [x]), referencePcen(x, VARIED), 1e-14)).toBeLessThanOrEqual(0.6);
  });

  test("PCEN of any number of bands, odd ones too", () => {
    const x = noise(6000, 0.1);
    for (const bands of [1, 2, 3, 33]) {
      const weights = {
        alpha: VARIED.alpha.slice(0, bands),
        delta: VARIED.delta.slice(0, bands),
        root: VARIED.root.slice(0, bands),
      };
      const ours = collect(streamed({ ...HUMPBACK, bands, ...weights }), cut(x, [2500, 3500]));
      expect(largestSteps(ours, referencePcen(x, weights, Number.POSITIVE_INFINITY, bands), 1e-14)).toBeLessThan(0.6);
    }
  });

  test("silence is exactly ln(offset), and exactly 0 in PCEN", () => {
    const silence = new Float32Array(5000);
    expect(new Set(logMel(VGGISH, [silence]))).toEqual(new Set([Math.fround(Math.log(0.01))]));
    expect(new Set(logMel(YAMNET, [silence]))).toEqual(new Set([Math.fround(Math.log(0.001))]));
    expect(new Set(pcen(VARIED, [silence]))).toEqual(new Set([0]));
  });

  test("frames: 1 + floor((n - window) / hop), and none below a window", () => {
    for (const n of [0, 1, 399, 400, 559, 560, 719, 720, 15999, 16383, 16384, 16385, 40_000]) {
      const frames = n < 400 ? 0 : 1 + Math.floor((n - 400) / 160);
      expect(logMel(YAMNET, [new Float32Array(n)])).toHaveLength(frames * BANDS);
    }
    for (const n of [0, 1, 1023, 1024, 1323, 1324, 16384, 16385, 40_000]) {
      const frames = n < 1024 ? 0 : 1 + Math.floor((n - 1024) / 300);
      expect(pcen(INITIAL, [new Float32Array(n)])).toHaveLength(frames * BANDS);
    }
  });
});

describe("the bits of version 0.1.0", () => {
  const x = noise(60_000, 0.3);
  test.each([
    ["VGGish's log-mel", () => logMel(VGGISH, [x]), "f6bfdda5b9e2c21e0161b683b03994d5920811b59de6eaaa288f4720c1cb30c7"],
    ["YAMNet's log-mel", () => logMel(YAMNET, [x]), "6f20730309417e2777ad1a36e53c58dec47ccbf17fd130449537f97b906061b0"],
    ["PCEN", () => pcen(VARIED, [x]), "245a62175496c4552fa4b4e4e3bcba4d389604a860d68b9061255101565f1911"],
    [
      "PCEN by windows",
      () => pcen(VARIED, [x], 128),
      "721116f42e6ab341737a2229c0c9a60ddf1a9eb918fb545a75699c02c58c7788",
    ],
  ])("%s", (_, frames, sha256) => {
    expect(createHash("sha256").update(new Uint8Array(frames().buffer)).digest("hex")).toBe(sha256);
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
    expectSameBits(logMel(YAMNET, single), logMel(YAMNET, [x]));
    expectSameBits(pcen(VARIED, single), pcen(VARIED, [x]));
    expectSameBits(pcen(VARIED, single, 7), pcen(VARIED, [x], 7));
  });

  test("any cut gives the same bits", () => {
    const cases = fc.record({ length: fc.nat(40_000), sizes: ways(20_000), restart: fc.constantFrom(1, 2, 5, 128) });
    fc.assert(
      fc.property(cases, ({ length, sizes, restart }) => {
        const x = noise(length, 0.5, length + 1);
        const pieces = cut(x, sizes);
        expectSameBits(logMel(VGGISH, pieces), logMel(VGGISH, [x]));
        expectSameBits(pcen(VARIED, pieces), pcen(VARIED, [x]));
        expectSameBits(pcen(VARIED, pieces, restart), pcen(VARIED, [x], restart));
      }),
      { numRuns: 60 },
    );
  });

  test("a frame has the same bits as first or second of a pair, or alone", () => {
    const x = noise(400 + 5 * 160);
    const together = logMel(YAMNET, [x]);
    for (let frame = 0; frame < 6; frame++) {
      const alone = logMel(YAMNET, [x.subarray(frame * 160, frame * 160 + 400)]);
      const shifted = logMel(YAMNET, [x.subarray(Math.max(0, frame - 1) * 160)]);
      expectSameBits(together.subarray(frame * BANDS, (frame + 1) * BANDS), alone);
      const at = Math.min(frame, 1) * BANDS;
      expectSameBits(shifted.subarray(at, at + BANDS), alone);
    }
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
    ["vggish_sine1k_3s", "sin(2 pi 1000 k / 16000)", () => logMel(VGGISH, [tone(48_000, 1000, 16000)]), 1e-4],
    ["vggish_lcg_3s", "generator of Numerical Recipes from 12345", () => logMel(VGGISH, [lcgNoise(48_000, 1)]), 5e-7],
    ["yamnet_sine440_3s", "sin(2 pi 440 k / 16000)", () => logMel(YAMNET, [padded(tone(48_000, 440, 16000))]), 5e-4],
    ["yamnet_lcg_3s", "as above, padded", () => logMel(YAMNET, [padded(lcgNoise(48_000, 1))]), 5e-7],
    ["yamnet_zeros_3s", "zeros", () => logMel(YAMNET, [new Float32Array(54_000)]), 5e-7],
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
