import { describe, expect, test } from "vitest";
import { OrcaError } from "../../../src/errors.ts";
import {
  describeFrontEnd,
  FRONT_END_KINDS,
  type FrontEndOptions,
  makeFrontEnd,
  scaleWindow,
} from "../../../src/kernels/index.ts";
import { expectSameBits } from "../../support/bits.ts";
import { HUMPBACK, ORCAHELLO, perWindow, streamed, VGGISH, YAMNET } from "../../support/front-ends.ts";
import { collect, newKernels } from "../../support/runtime.ts";
import { noise } from "../../support/signals.ts";

const WAVEFORM: FrontEndOptions = { kind: "none", rate: 32_000 };

describe("what a front end gives", () => {
  test.each([
    [YAMNET, 15_600, { frames: 96, bands: 64, hop: 160, unit: "ln(mel + 0.001)", leastSamples: 400 }],
    [VGGISH, 15_600, { frames: 96, bands: 64, hop: 160, unit: "ln(mel + 0.01)", leastSamples: 400 }],
    [HUMPBACK, 39_124, { frames: 128, bands: 64, hop: 300, unit: "PCEN", leastSamples: 1024 }],
    [ORCAHELLO, 80_000, { frames: 313, bands: 256, hop: 256, unit: "dB", leastSamples: 1 }],
    [{ ...ORCAHELLO, centred: "no" }, 80_000, { frames: 303, unit: "dB", leastSamples: 2560 }],
    [{ ...ORCAHELLO, fixedFrames: { count: 312, missing: 0 } }, 80_000, { frames: 312, leastSamples: 1 }],
    [WAVEFORM, 160_000, { frames: 160_000, bands: 1, hop: 1, unit: "amplitude", leastSamples: 1, bandCentres: [] }],
  ] as const)("%o", (options, samples, expected) => {
    const shape = describeFrontEnd(options as FrontEndOptions, samples);
    expect(shape).toMatchObject(expected);
    expect(makeFrontEnd(newKernels(), options as FrontEndOptions, { samples }).shape).toEqual(shape);
    if (options.kind === "none") return;
    expect(shape.bandCentres).toHaveLength(shape.bands);
    expect(shape.bandCentres.every((hertz, band) => hertz > (shape.bandCentres[band - 1] ?? 0))).toBe(true);
  });

  test("every kind is made, and is the one or the other", () => {
    const examples: Record<string, FrontEndOptions> = {
      none: WAVEFORM,
      "log-mel": YAMNET,
      pcen: HUMPBACK,
      "mel-db": ORCAHELLO,
    };
    expect(Object.keys(examples)).toEqual(FRONT_END_KINDS);
    const modes = FRONT_END_KINDS.map((kind) => {
      const made = makeFrontEnd(newKernels(), examples[kind] as FrontEndOptions, { samples: 39_124 });
      expect("push" in made).toBe(made.mode === "streamed");
      return made.mode;
    });
    expect(modes).toEqual(["per-window", "streamed", "streamed", "per-window"]);
  });

  test("a waveform comes out as it went in", () => {
    const x = noise(1000);
    const frontEnd = perWindow(WAVEFORM, { samples: 1000 });
    expectSameBits(frontEnd.transform(x), x);
    expect(() => frontEnd.transform(x.subarray(1))).toThrow("999 samples are not a window of 1000.");
  });
});

describe("windows that are scaled", () => {
  const scaling = { removeMean: true, peak: 0.25 };
  const x = noise(39_124, 0.01).map((value) => value + 0.125);
  const y = x.slice();
  scaleWindow(y, scaling);

  test("any kind takes a window at a time then, and nothing of one window reaches the next", () => {
    for (const options of [YAMNET, HUMPBACK, ORCAHELLO, WAVEFORM]) {
      const frontEnd = perWindow(options, { samples: x.length, scaling });
      const made = makeFrontEnd(newKernels(), options, { samples: x.length });
      const expected = made.mode === "streamed" ? collect(made, [y]) : made.transform(y).slice();
      expect(expected).toHaveLength(frontEnd.shape.frames * frontEnd.shape.bands);
      const kept = x.slice();
      expectSameBits(frontEnd.transform(x), expected);
      frontEnd.transform(noise(x.length, 1, 5));
      expectSameBits(frontEnd.transform(x), expected);
      // The caller's samples stay as they were.
      expectSameBits(x, kept);
    }
  });

  test("a shorter one is scaled by what is there of it", () => {
    const options = { ...ORCAHELLO, fixedFrames: { count: 60, missing: -1 } };
    const short = x.subarray(0, 5000).slice();
    const frontEnd = perWindow(options, { samples: x.length, scaling });
    const ours = frontEnd.transform(short).slice();
    scaleWindow(short, scaling);
    expectSameBits(ours, perWindow(options, { samples: x.length }).transform(short));
    expect(() => perWindow(YAMNET, { samples: 15_600, scaling }).transform(short)).toThrow(
      "5000 samples are not a window of 15600.",
    );
  });
});

describe("PCEN's numbers", () => {
  test("one for all bands is that number in each", () => {
    const each = { alpha: Array(64).fill(0.98), delta: Array(64).fill(2), root: Array(64).fill(2) };
    const x = noise(20_000, 0.1);
    expectSameBits(collect(streamed(HUMPBACK), [x]), collect(streamed({ ...HUMPBACK, ...each }), [x]));
  });
});

describe("options that contradict each other", () => {
  const wrong = (change: object, samples = 80_000, base: FrontEndOptions = ORCAHELLO) => {
    try {
      makeFrontEnd(newKernels(), { ...base, ...change } as FrontEndOptions, { samples });
    } catch (error) {
      if (!(error instanceof OrcaError)) throw error;
      expect(error.code).toBe("bad_option");
      expect(error.hint).toMatch(/\.$/);
      return [error.field, error.message];
    }
    return "taken";
  };

  test.each([
    [{ kind: "mfcc" }, "kind", "kind is mfcc."],
    [{ kind: "toString" }, "kind", "kind is toString."],
    [{ bands: 0 }, "bands", "bands is 0."],
    [{ bands: 2.5 }, "bands", "bands is 2.5."],
    [{ fftLength: 2048 }, "fftLength", "fftLength is 2048, shorter than windowLength, 2560."],
    [{ fftLength: 2561 }, "fftLength", "fftLength is 2561."],
    [{ fftLength: 2 ** 20 }, "fftLength", "fftLength is 1048576."],
    [{ windowLength: 0 }, "windowLength", "windowLength is 0."],
    [{ windowLength: "2560" }, "windowLength", "windowLength is 2560."],
    [{ hop: 0 }, "hop", "hop is 0."],
    [{ rate: Number.NaN }, "rate", "rate is NaN."],
    [{ filterRate: -1 }, "filterRate", "filterRate is -1."],
    [{ lowest: -1 }, "lowest", "lowest is -1 Hz."],
    [{ lowest: undefined }, "lowest", "lowest is undefined Hz."],
    [{ lowest: 9000, highest: 9000 }, "highest", "highest is 9000 Hz, not above lowest, 9000 Hz."],
    [{ highest: 10_001 }, "highest", "highest is 10001 Hz, above half the rate, 10000 Hz."],
    [{ filterRate: 30_000, highest: 15_001 }, "highest", "highest is 15001 Hz, above half the rate, 15000 Hz."],
    [
      { lowest: 8000, highest: 10_000 },
      "fftLength",
      "no band from 8000 to 10000 Hz holds a bin of the spectrum, which are 6.25 Hz apart.",
    ],
    [{ scale: "bark" }, "scale", "scale is bark."],
    [{ scale: undefined }, "scale", "scale is missing."],
    [{ slopes: undefined }, "slopes", "slopes is missing."],
    [{ norm: undefined }, "norm", "norm is missing."],
    [{ norm: "slaney" }, "norm", "norm is slaney."],
    [{ power: 3 }, "power", "power is 3."],
    [{ centred: true }, "centred", "centred is true."],
    [{ amin: 0 }, "amin", "amin is 0."],
    [{ amin: 5e-324 }, "amin", "amin is 5e-324."],
    [{ topDb: -80 }, "topDb", "topDb is -80."],
    [{ fixedFrames: { count: 0, missing: 0 } }, "fixedFrames.count", "fixedFrames.count is 0."],
    [{ fixedFrames: { count: 1 } }, "fixedFrames.missing", "fixedFrames.missing is undefined."],
  ])("%o", (change, field, message) => {
    expect(wrong(change)).toEqual([field, `Front end: ${message}`]);
  });

  test("streamed ones", () => {
    expect(wrong({ offset: 0 }, 15_600, YAMNET)).toEqual(["offset", "Front end: offset is 0."]);
    expect(wrong({ hop: 401 }, 15_600, YAMNET)).toEqual([
      "hop",
      "Front end: hop is 401, longer than windowLength, 400: samples between frames would go unheard.",
    ]);
    const pcen = (change: object) => wrong(change, 39_124, HUMPBACK);
    expect(pcen({ smooth: 1.5 })).toEqual(["smooth", "Front end: smooth is 1.5."]);
    expect(pcen({ floor: 0 })).toEqual(["floor", "Front end: floor is 0."]);
    expect(pcen({ root: undefined })).toEqual(["root", "Front end: root is undefined in band 0."]);
    expect(pcen({ alpha: [1, 2] })).toEqual(["alpha", "Front end: alpha has 2 numbers for 64 bands."]);
    expect(pcen({ delta: 0 })).toEqual(["delta", "Front end: delta is 0 in band 0."]);
    const root = Array.from({ length: 64 }, (_, band) => (band === 7 ? Number.NaN : 2));
    expect(pcen({ root })).toEqual(["root", "Front end: root is NaN in band 7."]);
  });

  test("windows that hold no frame, or are none", () => {
    expect(wrong({}, 399, YAMNET)).toEqual([
      "samples",
      "Front end: a window of 399 samples holds no frame, which takes 400.",
    ]);
    expect(wrong({}, 0)).toEqual(["samples", "Front end: samples is 0."]);
    expect(wrong({}, 2 ** 25)).toEqual(["samples", "Front end: samples is 33554432."]);
    expect(wrong({}, 1)).toBe("taken");
    expect(() => perWindow(ORCAHELLO, { samples: 1, scaling: { removeMean: true, peak: 0 } })).toThrow(
      "Windows cannot be scaled to a peak of 0.",
    );
  });
});
