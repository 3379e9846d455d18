import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Reading } from "../../src/embed/reading.ts";
import { type Window, WindowStream } from "../../src/embed/windows.ts";
import { Resampler } from "../../src/kernels/index.ts";
import { samplesTaken } from "../../src/models/index.ts";
import type { PcenMode } from "../../src/records/index.ts";
import { wav16 } from "../../src/sample/index.ts";
import { Turn } from "../../src/turns.ts";
import { expectSameBits } from "../support/bits.ts";
import { cut, ways } from "../support/cuts.ts";
import { framesOf } from "../support/frames.ts";
import { runs } from "../support/long.ts";
import { MODEL_NAMES, MODELS, type ModelName } from "../support/models.ts";
import { collect, kernelModule, newKernels } from "../support/runtime.ts";
import { noise } from "../support/signals.ts";
import { chunk, formatChunk, int16, riff } from "../support/wav.ts";

const BANDS = 64;

/** All windows of samples at `rate`, the model's own where it is left out. */
function windowsOf(
  name: ModelName,
  pieces: readonly Float32Array[],
  { rate = MODELS[name].input.rate, mode = "clip" }: { rate?: number; mode?: PcenMode } = {},
): Window[] {
  const stream = new WindowStream(newKernels(), MODELS[name], rate, mode);
  return [...pieces.flatMap((piece) => [...stream.push(piece)]), ...stream.flush()];
}

/** The number of windows of `n` samples at the model's rate: the published code's rules for the end. */
const COUNTS: Record<ModelName, (n: number) => number> = {
  vggish: (n) => Math.floor((n < 400 ? 0 : 1 + Math.floor((n - 400) / 160)) / 96),
  yamnet: (n) => 1 + Math.ceil(Math.max(0, n - 15600) / 7680),
  humpback: (n) => Math.ceil((n < 1024 ? 0 : 1 + Math.floor((n - 1024) / 300)) / 128),
};

describe("how many windows", () => {
  const cases: readonly (readonly [name: ModelName, n: number, count: number])[] = [
    ["vggish", 0, 0],
    ["vggish", 399, 0],
    ["vggish", 15360, 0],
    ["vggish", 15599, 0],
    ["vggish", 15600, 1],
    ["vggish", 15600 + 15359, 1],
    ["vggish", 15600 + 15360, 2],
    ["vggish", 160_000, 10],
    ["vggish", 96 * 16000, 99],
    ["yamnet", 0, 1],
    ["yamnet", 1, 1],
    ["yamnet", 15599, 1],
    ["yamnet", 15600, 1],
    ["yamnet", 15601, 2],
    ["yamnet", 15600 + 7680, 2],
    ["yamnet", 15600 + 7681, 3],
    ["yamnet", 48_000, 6],
    ["yamnet", 160_000, 20],
    ["humpback", 0, 0],
    ["humpback", 1023, 0],
    ["humpback", 1024, 1],
    ["humpback", 1024 + 127 * 300, 1],
    ["humpback", 1024 + 128 * 300 - 1, 1],
    ["humpback", 1024 + 128 * 300, 2],
    ["humpback", 100_000, 3],
  ];
  test.each(cases)("%s: %i samples give %i", (name, n, count) => {
    expect(COUNTS[name](n)).toBe(count);
    expect(windowsOf(name, [noise(n)])).toHaveLength(count);
  });

  test.each(MODEL_NAMES)("%s: any number of samples gives what the published code gives, numbered from 0", (name) => {
    const most = 4 * samplesTaken(MODELS[name]);
    fc.assert(
      fc.property(fc.nat(most), fc.constantFrom(1, 2, 3), (n, ratio) => {
        // At twice or three times the rate, floor(n / ratio) samples are left of n.
        const windows = windowsOf(name, [noise(n)], { rate: ratio * MODELS[name].input.rate });
        expect(windows.map(({ index }) => index)).toEqual(
          Array.from({ length: COUNTS[name](Math.floor(n / ratio)) }, (_, index) => index),
        );
      }),
      { numRuns: 25 },
    );
  });
});

describe("where windows lie, and what of them is padding", () => {
  test("vggish: 0.96 s one after the other, whole ones only", () => {
    const windows = windowsOf("vggish", [noise(160_000)]);
    expect(windows.map(({ start, end, padded }) => [start, end, padded])).toEqual([
      [0, 0.96, 0],
      [0.96, 1.92, 0],
      [1.92, 2.88, 0],
      [2.88, 3.84, 0],
      [3.84, 4.8, 0],
      [4.8, 5.76, 0],
      [5.76, 6.72, 0],
      [6.72, 7.68, 0],
      [7.68, 8.64, 0],
      [8.64, 9.6, 0],
    ]);
  });

  test("yamnet: 0.96 s every 0.48 s, the last beyond the end of the audio", () => {
    const windows = windowsOf("yamnet", [noise(48_000)]);
    expect(windows.map(({ start, end, padded }) => [start, end, padded])).toEqual([
      [0, 0.96, 0],
      [0.48, 1.44, 0],
      [0.96, 1.92, 0],
      [1.44, 2.4, 0],
      [1.92, 2.88, 0],
      [2.4, 3.36, 0.36],
    ]);
    // 15360 samples are 0.96 s, but the last frame reaches 240 samples further: that is no padding of the window.
    expect(windowsOf("yamnet", [noise(15_360)]).map(({ end, padded }) => [end, padded])).toEqual([[0.96, 0]]);
    expect(windowsOf("yamnet", [noise(15_616)]).map(({ end, padded }) => [end, padded])).toEqual([
      [0.96, 0],
      [1.44, 0.464],
    ]);
    expect(windowsOf("yamnet", [noise(8000)])).toMatchObject([{ start: 0, end: 0.96, padded: 0.46 }]);
    expect(windowsOf("yamnet", [])).toMatchObject([{ start: 0, end: 0.96, padded: 0.96 }]);
  });

  test("humpback: 3.84 s one after the other, the last filled up with zero frames", () => {
    const windows = windowsOf("humpback", [noise(100_000)]);
    // 330 frames: 54 of the third window's 128 are missing.
    expect(windows.map(({ start, end, padded }) => [start, end, padded])).toEqual([
      [0, 3.84, 0],
      [3.84, 7.68, 0],
      [7.68, 11.52, 1.62],
    ]);
    expect(windowsOf("humpback", [noise(39_124)])).toMatchObject([{ padded: 0 }]);
    expect(windowsOf("humpback", [noise(1024)])).toMatchObject([{ end: 3.84, padded: 3.81 }]);
  });

  test("times are rounded once: window 3 of 0.96 s begins at 2.88, window 100,000 at 96,000", () => {
    expect(windowsOf("vggish", [noise(62_000)])[3]?.start).toBe(2.88);
    // 1.5 million frames would be slow to make: the same sum, as the stream does it.
    expect(Math.round(((100_000 * 96 * 160) / 16000) * 1e6) / 1e6).toBe(96_000);
  });
});

describe("what the net sees at the end", () => {
  test("yamnet: the audio is continued with zero samples", () => {
    const x = noise(20_000);
    const padded = new Float32Array(15_600 + 7680);
    padded.set(x);
    const frames = framesOf("yamnet", padded);
    const windows = windowsOf("yamnet", [x]);
    expect(windows).toHaveLength(2);
    expectSameBits(windows[0]?.numbers as Float32Array, frames.subarray(0, 96 * BANDS));
    expectSameBits(windows[1]?.numbers as Float32Array, frames.subarray(48 * BANDS, 144 * BANDS));
  });

  test("vggish: frames that do not fill a window are left out", () => {
    const x = noise(30_000);
    const frames = framesOf("vggish", x);
    expect(frames).toHaveLength(186 * BANDS);
    const windows = windowsOf("vggish", [x]);
    expect(windows).toHaveLength(1);
    expectSameBits(windows[0]?.numbers as Float32Array, frames.subarray(0, 96 * BANDS));
  });

  test("humpback: zero frames follow the last frame of the audio, and no audio is made up", () => {
    const x = noise(10_000);
    const pcen = (samples: Float32Array) => framesOf("humpback", samples);
    const own = pcen(x);
    expect(own).toHaveLength(30 * BANDS);
    const [window] = windowsOf("humpback", [x]);
    const expected = new Float32Array(128 * BANDS);
    expected.set(own);
    expectSameBits(window?.numbers as Float32Array, expected);
    // Nothing of the window before is left over: 330 frames are 74 of the third window.
    const third = windowsOf("humpback", [noise(100_000)])[2]?.numbers as Float32Array;
    expect(new Set(third.subarray(74 * BANDS))).toEqual(new Set([0]));
    expect(third.subarray(73 * BANDS, 74 * BANDS).every((value) => value !== 0)).toBe(true);
    // With zero samples instead, frames 30 to 32 would still reach into the audio.
    const longer = new Float32Array(20_000);
    longer.set(x);
    const made = pcen(longer).subarray(30 * BANDS, 33 * BANDS);
    expect(made.every((value) => value !== 0)).toBe(true);
  });

  test("humpback: pcen=window starts the smoother anew in each window, pcen=clip once", () => {
    const x = noise(90_000, 0.02);
    for (const [mode, restart] of [
      ["clip", false],
      ["window", true],
    ] as const) {
      const windows = windowsOf("humpback", [x], { mode });
      expectSameBits(
        windows[1]?.numbers as Float32Array,
        framesOf("humpback", x, restart).subarray(128 * BANDS, 256 * BANDS),
      );
    }
    expect(windowsOf("humpback", [x], { mode: "window" })[1]?.numbers).not.toEqual(
      windowsOf("humpback", [x])[1]?.numbers,
    );
  });

  test.each(MODEL_NAMES)("%s: another rate is resampled first", (name) => {
    const { rate } = MODELS[name].input;
    const x = noise(44_100 * 2);
    const at = collect(new Resampler(newKernels(), 44_100, rate), [x]);
    const [ours, theirs] = [windowsOf(name, [x], { rate: 44_100 }), windowsOf(name, [at])];
    expect(ours).toHaveLength(theirs.length);
    for (const [index, { start, end, padded, numbers }] of ours.entries()) {
      expectSameBits(numbers, theirs[index]?.numbers as Float32Array);
      expect([start, end, padded]).toEqual([theirs[index]?.start, theirs[index]?.end, theirs[index]?.padded]);
    }
  });
});

/** A file's windows by way of bytes, in `pieces` as they arrive. */
async function read(name: ModelName, pieces: readonly Uint8Array[], mode: PcenMode = "clip") {
  const source = pieces[Symbol.iterator]();
  const bytes: AsyncIterator<Uint8Array> = { next: async () => source.next() };
  const reading = new Reading(
    bytes,
    { kernels: kernelModule },
    MODELS[name],
    { channel: "mean", pcen: mode },
    new Turn(),
  );
  const { info, windows } = await reading.open();
  const all: Window[] = [];
  for await (const window of windows) all.push(window);
  return { info, all, reading };
}

describe("from bytes to windows", () => {
  /** 1.4 s of stereo noise: two windows of YAMNet, one of each other model. */
  const stereo = (rate: number) => {
    const values = noise(Math.round(2.8 * rate), 0.4).map((value) => Math.round(value * 32768));
    return riff([formatChunk({ channels: 2, rate }), chunk("data", int16(Array.from(values)))]);
  };
  const expectSameWindows = (ours: readonly Window[], theirs: readonly Window[]) => {
    expect(ours.map(({ numbers: _, ...rest }) => rest)).toEqual(theirs.map(({ numbers: _, ...rest }) => rest));
    for (const [index, { numbers }] of ours.entries()) expectSameBits(numbers, theirs[index]?.numbers as Float32Array);
  };

  // 22.05 kHz goes through stored filters, 16001 Hz through interpolated ones, the model's own rate through none.
  const cases = MODEL_NAMES.flatMap((name) =>
    [22_050, 16_001, MODELS[name].input.rate].map((rate) => [name, rate] as const),
  );
  test.each(cases)("%s from %i Hz: any cut of the bytes gives bit-identical windows", async (name, rate) => {
    const file = stereo(rate);
    const whole = await read(name, [file]);
    expect(whole.all).toHaveLength(name === "yamnet" ? 2 : 1);
    expectSameWindows((await read(name, cut(file, [1]))).all, whole.all);
    await fc.assert(
      fc.asyncProperty(ways(90_000), async (sizes) => {
        expectSameWindows((await read(name, cut(file, sizes))).all, whole.all);
      }),
      { numRuns: runs(3, 50) },
    );
  });

  test("pcen=window, too, over several windows", async () => {
    const file = wav16(noise(100_000, 0.1), 10_000);
    const whole = await read("humpback", [file], "window");
    expect(whole.all).toHaveLength(3);
    await fc.assert(
      fc.asyncProperty(ways(90_000), async (sizes) => {
        expectSameWindows((await read("humpback", cut(file, sizes), "window")).all, whole.all);
      }),
      { numRuns: runs(3, 50) },
    );
  });

  test("what was read is counted", async () => {
    const file = stereo(44_100);
    const { info, reading } = await read("yamnet", cut(file, [1000]));
    expect(info).toMatchObject({ rate: 44_100, channels: 2, declaredFrames: 61_740 });
    expect([reading.bytes, reading.seconds, reading.windowCount]).toEqual([file.length, 1.4, 2]);
    expect(reading.findings()).toEqual([]);
  });

  test.each([
    ["vggish", 15_599, 0.975],
    // One frame is enough: the window is filled up with zero frames.
    ["humpback", 1023, 0.1024],
  ] as const)(
    "%s: %i samples are too few for a window, and %d s are said to be needed",
    async (name, samples, seconds) => {
      const { rate } = MODELS[name].input;
      const { all, reading } = await read(name, [wav16(new Float32Array(samples), rate)]);
      expect(all).toEqual([]);
      const [finding] = reading.findings();
      expect(finding).toMatchObject({ code: "too_short", lost: false, seconds: samples / rate });
      expect(finding?.message).toContain(`needs ${seconds} s`);
      expect(COUNTS[name](Math.round(seconds * rate))).toBe(1);
    },
  );

  test("yamnet gives a window of however little audio", async () => {
    const { all, reading } = await read("yamnet", [wav16(new Float32Array(1), 16_000)]);
    expect(all).toHaveLength(1);
    expect(reading.findings()).toEqual([]);
  });
});
