import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeFrontEnd, type MelDbOptions } from "../../../src/kernels/index.ts";
import { expectSameBits, ulp32 } from "../../support/bits.ts";
import { ORCAHELLO, perWindow, SLANEY } from "../../support/front-ends.ts";
import { referenceMelDb } from "../../support/reference-front-ends.ts";
import { clicks, noise, tone } from "../../support/signals.ts";

/** Small enough for a direct Fourier sum. */
const SMALL: MelDbOptions = {
  kind: "mel-db",
  rate: 16_000,
  windowLength: 90,
  fftLength: 100,
  hop: 40,
  bands: 12,
  lowest: 200,
  highest: 8000,
  scale: "htk",
  slopes: "hertz",
  norm: "none",
  power: 2,
  centred: "reflect",
  amin: 1e-10,
};

const melDb = (options: MelDbOptions, x: Float32Array, samples = x.length) =>
  perWindow(options, { samples }).transform(x);

/**
 * Holds a window's decibels against the float64 twin: half a step of float32 for the rounding of the result, and what
 * float64 leaves in bands far below the window's loudest.
 * @returns the largest of the latter, dB
 */
function expectNearTruth(ours: Float32Array, x: ArrayLike<number>, options: MelDbOptions): number {
  const { values, least, most } = referenceMelDb(x, options);
  expect(ours.length).toBe(values.length);
  let widest = 0;
  for (const [at, value] of ours.entries()) {
    const [exact, low, high] = [values[at] as number, least[at] as number, most[at] as number];
    const rounding = 0.501 * ulp32(value) + 1e-12;
    const near = value >= low - rounding && value <= high + rounding;
    if (!near) expect({ at, value, low, high }).toEqual({ at, value: exact, low, high });
    widest = Math.max(widest, high - low);
  }
  return widest;
}

type Signal = (length: number) => Float32Array;
const SIGNALS: readonly (readonly [name: string, make: Signal])[] = [
  ["full-scale noise", (length) => noise(length)],
  ["quiet noise", (length) => noise(length, 1e-4, 7)],
  ["a full-scale tone", (length) => tone(length, 1200, 16_000)],
  ["clicks", (length) => clicks(length, 77)],
  ["a constant", (length) => new Float32Array(length).fill(0.3)],
  [
    "full scale, one sign after the other",
    (length) => new Float32Array(length).map((_, at) => (at % 2 === 0 ? 1 : -1)),
  ],
  ["silence", (length) => new Float32Array(length)],
  ["silence, then noise", (length) => noise(length).fill(0, 0, length >> 1)],
];

describe("mel-dB against the float64 twin", () => {
  test.each(SIGNALS)("%s", (_, make) => {
    for (const power of [1, 2] as const) {
      for (const centred of ["no", "reflect", "zeros"] as const) {
        const options = { ...SMALL, power, centred, topDb: 90 };
        expectNearTruth(melDb(options, make(1000)), make(1000), options);
      }
    }
  });

  test("noise: float64 itself leaves less than 1e-9 dB", () => {
    const x = noise(4000);
    const widest = expectNearTruth(melDb(SMALL, x), x, SMALL);
    console.log(`noise: within half a step of float32 and ${widest.toExponential(1)} dB of the twin`);
    expect(widest).toBeLessThan(1e-9);
  });

  // Powers of two, of 2, 3 and 5, other primes, and halves that have no factor of two or four left.
  const LENGTHS = [
    4, 6, 8, 10, 14, 18, 22, 26, 30, 32, 34, 48, 50, 54, 60, 64, 90, 98, 100, 126, 128, 150, 162, 242, 250,
  ];
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const settings = fc
    .record({
      fftLength: fc.constantFrom(...LENGTHS, 256, 384, 400, 640),
      /** Parts of the FFT, in percent. */
      window: fc.oneof(fc.constant(100), fc.integer({ min: 1, max: 100 })),
      hop: fc.integer({ min: 20, max: 150 }),
      bands: fc.integer({ min: 1, max: 24 }),
      lowest: fc.constantFrom(0, 31.25, 125, 900, 2000),
      highest: fc.constantFrom(5000, 6250, 7999, 8000),
      filterRate: optional(fc.constantFrom(12_000, 16_000, 24_000)),
      scale: fc.constantFrom("htk" as const, "slaney" as const),
      slopes: fc.constantFrom("hertz" as const, "mel" as const),
      norm: fc.constantFrom("none" as const, "area" as const),
      power: fc.constantFrom(1 as const, 2 as const),
      centred: fc.constantFrom("no" as const, "reflect" as const, "zeros" as const),
      amin: fc.constantFrom(1e-10, 1e-5, 1e-300),
      topDb: optional(fc.constantFrom(3, 20, 80)),
      fixedFrames: optional(fc.record({ count: fc.integer({ min: 1, max: 12 }), missing: fc.constantFrom(0, -100.5) })),
      samples: fc.integer({ min: 1, max: 900 }),
      signal: fc.constantFrom(...SIGNALS),
    })
    .map(({ window, hop, samples, signal, filterRate, topDb, fixedFrames, ...rest }) => ({
      signal,
      samples,
      options: {
        kind: "mel-db",
        rate: 16_000,
        windowLength: Math.max(1, Math.round((window / 100) * rest.fftLength)),
        hop: Math.max(1, Math.round((hop / 100) * rest.fftLength)),
        ...rest,
        ...(filterRate === undefined ? {} : { filterRate }),
        ...(topDb === undefined ? {} : { topDb }),
        ...(fixedFrames === undefined ? {} : { fixedFrames }),
      } satisfies MelDbOptions as MelDbOptions,
    }));
  const isPossible = ({ options, samples }: { options: MelDbOptions; samples: number }) => {
    try {
      return describeFrontEnd(options, samples).frames > 0;
    } catch {
      return false;
    }
  };

  test("any options that are taken", () => {
    const RUNS = 200;
    let held = 0;
    fc.assert(
      fc.property(settings.filter(isPossible), fc.nat(900), ({ options, samples, signal }, shorter) => {
        const [, make] = signal;
        const frontEnd = perWindow(options, { samples });
        const { frames, bands } = frontEnd.shape;
        const x = make(samples);
        const first = frontEnd.transform(x).slice();
        expect(first).toHaveLength(frames * bands);
        expectNearTruth(first, x, options);
        // A shorter window, and then the same one again: nothing of the window before is left over.
        if (options.fixedFrames !== undefined) {
          const part = make(Math.min(shorter, samples));
          expectNearTruth(frontEnd.transform(part), part, options);
        }
        expectSameBits(frontEnd.transform(x), first);
        held++;
      }),
      { numRuns: RUNS },
    );
    expect(held).toBe(RUNS);
  });

  test("OrcaHello's own size: an FFT of 2560", () => {
    const x = noise(2000, 0.1);
    expectNearTruth(melDb(ORCAHELLO, x), x, ORCAHELLO);
  });
});

describe("what mel-dB makes of plain signals", () => {
  test("silence is amin everywhere, whatever topDb is", () => {
    for (const options of [ORCAHELLO, SLANEY]) {
      expect(new Set(melDb(options, new Float32Array(8000)))).toEqual(new Set([-100]));
    }
    expect(new Set(melDb({ ...SMALL, amin: 1e-5 }, new Float32Array(500)))).toEqual(new Set([-50]));
  });

  test("nothing is lower than the window's own maximum less topDb", () => {
    const x = noise(8000, 0.5).fill(0, 4000);
    const [open, closed] = [melDb(SMALL, x), melDb({ ...SMALL, topDb: 30 }, x)];
    const largest = open.reduce((a, b) => Math.max(a, b));
    expect(open.some((value) => value === -100)).toBe(true);
    expect(closed.reduce((a, b) => Math.min(a, b))).toBeCloseTo(largest - 30, 5);
    expectSameBits(
      closed,
      open.map((value) => Math.max(value, Math.fround(largest - 30))),
    );
    // Another window, another maximum.
    const frontEnd = perWindow({ ...SMALL, topDb: 30 }, { samples: 8000 });
    const loud = frontEnd.transform(x).slice();
    const quiet = frontEnd.transform(x.map((value) => value / 1024)).slice();
    for (const [at, value] of quiet.entries()) {
      expect(value).toBeCloseTo((loud[at] as number) - 20 * Math.log10(1024), 4);
    }
    expectSameBits(frontEnd.transform(x), loud);
  });

  test("full scale is finite, and so are samples beyond it", () => {
    for (const size of [1, 1e6, 3e38]) {
      for (const make of [(at: number) => (at % 2 === 0 ? size : -size), () => size]) {
        const values = melDb(
          { ...SMALL, topDb: 80 },
          new Float32Array(1000).map((_, at) => make(at)),
        );
        expect(values.every(Number.isFinite)).toBe(true);
      }
    }
  });

  test("a tone in the middle of a bin: Hann's n / 4 of its amplitude there, half of that on either side", () => {
    const options: MelDbOptions = {
      ...SMALL,
      windowLength: 64,
      fftLength: 64,
      hop: 16,
      centred: "no",
      bands: 1,
      lowest: 3500,
      highest: 4600,
    };
    // 4000 Hz is bin 16 of 64 at 16 kHz, 250 Hz from its neighbours.
    const [centre = 0] = describeFrontEnd(options, 640).bandCentres;
    const weight = (hertz: number) => Math.min((hertz - 3500) / (centre - 3500), (4600 - hertz) / (4600 - centre));
    const power = weight(4000) * (0.5 * 16) ** 2 + (weight(3750) + weight(4250)) * (0.5 * 8) ** 2;
    const values = melDb(options, tone(640, 4000, 16_000, 0.5));
    expect(values).toHaveLength(37);
    for (const value of values) expect(value).toBeCloseTo(10 * Math.log10(power), 5);
  });
});

describe("how many frames", () => {
  const fixed = (count: number, missing = 0): MelDbOptions => ({ ...SMALL, fixedFrames: { count, missing } });

  test("centred: 1 + floor(n / hop); else 1 + floor((n - window) / hop)", () => {
    for (const n of [1, 39, 40, 41, 89, 90, 129, 130, 1000]) {
      expect(melDb(SMALL, noise(n))).toHaveLength(12 * (1 + Math.floor(n / 40)));
      expect(melDb({ ...SMALL, centred: "zeros" }, noise(n))).toHaveLength(12 * (1 + Math.floor(n / 40)));
      if (n < 90) continue;
      expect(melDb({ ...SMALL, centred: "no" }, noise(n))).toHaveLength(12 * (1 + Math.floor((n - 90) / 40)));
    }
  });

  test("too many are cut, after topDb has seen them", () => {
    const x = noise(1000, 0.001);
    x.set(noise(100), 900);
    const all = melDb({ ...SMALL, topDb: 40 }, x);
    expectSameBits(melDb({ ...fixed(10), topDb: 40 }, x), all.subarray(0, 10 * 12));
    const quiet = melDb({ ...SMALL, topDb: 40 }, x.subarray(0, 800));
    expect(all.subarray(0, 10 * 12)).not.toEqual(quiet.subarray(0, 10 * 12));
  });

  test("missing ones hold what they are to hold", () => {
    const x = noise(1000);
    const ours = melDb(fixed(40, -3.5), x);
    expectSameBits(ours.subarray(0, 26 * 12), melDb(SMALL, x));
    expect(new Set(ours.subarray(26 * 12))).toEqual(new Set([-3.5]));
    expect(ours).toHaveLength(40 * 12);
    // A window may be shorter at the end of the audio, down to nothing.
    const frontEnd = perWindow(fixed(40, 7), { samples: 1000 });
    expectSameBits(frontEnd.transform(x.subarray(0, 500)).subarray(0, 13 * 12), melDb(SMALL, x.subarray(0, 500)));
    expect(new Set(frontEnd.transform(new Float32Array(0)))).toEqual(new Set([7]));
  });

  test("another number of samples than the window's is refused", () => {
    const refused = (frontEnd: ReturnType<typeof perWindow>, n: number) =>
      expect(() => frontEnd.transform(new Float32Array(n))).toThrow(`${n} samples are not a window of 1000.`);
    refused(perWindow(SMALL, { samples: 1000 }), 999);
    refused(perWindow(SMALL, { samples: 1000 }), 1001);
    refused(perWindow(fixed(3), { samples: 1000 }), 1001);
  });
});
