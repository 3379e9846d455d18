import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { melFilters } from "../../../src/kernels/front-ends/mel-filters.ts";
import { hertzOfMel, melOfHertz } from "../../../src/kernels/front-ends/mel-scale.ts";
import type { LogMelOptions, PcenOptions } from "../../../src/kernels/index.ts";
import { describeFrontEnd } from "../../../src/kernels/index.ts";
import { largestDifference } from "../../support/compare.ts";
import { HUMPBACK, ORCAHELLO, perWindow, SLANEY, streamed, VGGISH, YAMNET } from "../../support/front-ends.ts";
import { collect } from "../../support/runtime.ts";
import { sharedExists, sharedPath } from "../../support/shared.ts";
import { tone } from "../../support/signals.ts";

const BANDS = 64;

describe("the three published models", () => {
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
    const { nonZeros, rows, matrix } = dense(YAMNET);
    expect({ nonZeros, rows }).toEqual({ nonZeros: 461, rows: [5, 239] });
    // golden/frontend_numpy.json, vggish_mel_matrix.
    expect(columnSum(matrix, 0)).toBeCloseTo(0.9476904648443717, 12);
    expect(columnSum(matrix, 63)).toBeCloseTo(8.944183294481256, 12);
    expect(dense(VGGISH).matrix).toEqual(matrix);
  });

  test("Humpback: 1002 weights, in bins 1 to 511 of 513, none at 0 Hz and at Nyquist", () => {
    const { nonZeros, rows, matrix } = dense(HUMPBACK);
    expect({ nonZeros, rows }).toEqual({ nonZeros: 1002, rows: [1, 511] });
    expect(columnSum(matrix, 0)).toBeCloseTo(2.32850565713075, 12);
    expect(columnSum(matrix, 63)).toBeCloseTo(18.228779532154377, 12);
    expect(matrix[BANDS]).toBeCloseTo(0.4294135754242468, 12);
    expect(matrix[100 * BANDS + 26]).toBeCloseTo(0.9287015281694542, 12);
    expect(matrix[100 * BANDS + 27]).toBeCloseTo(0.07129847183054583, 12);
  });

  test.skipIf(!sharedExists)("the published YAMNet graph's matrix: the same weights within 8.3e-6", () => {
    const bytes = readFileSync(sharedPath("spec/data/tfhub_yamnet_mel_257x64_f32le.bin"));
    const published = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const { matrix } = dense(YAMNET);
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
    const top = columnSum(dense(VGGISH).matrix, 63);
    const impulse = Math.fround(1 / top);
    const x = new Float32Array(400 * 400);
    for (let k = 0; k < 400; k++) x[401 * k] = impulse;
    const frames = collect(streamed({ ...VGGISH, hop: 400 }), [x]);
    const window = published.map((_, k) => (Math.exp(frames[k * BANDS + 63] as number) - 0.01) / (top * impulse));
    // TensorFlow's float32 cosine is 2.46e-7 off at worst, and the logarithms' rounding less than 4e-8.
    expect(largestDifference(window, published)).toBeLessThanOrEqual(2.9e-7);
  });
});

describe("filters of other models", () => {
  /** What librosa.filters.mel and torchaudio's melscale_fbanks work out, written down plainly. */
  test.each([
    ["OrcaHello's", ORCAHELLO],
    ["Slaney's", SLANEY],
  ])("%s: straight in Hz", (_, options) => {
    const { bands, fftLength, rate, filterRate = rate, lowest, highest, scale, norm } = options;
    const [low, high] = [melOfHertz(lowest, scale), melOfHertz(highest, scale)];
    const edges = Array.from({ length: bands + 2 }, (_, at) =>
      hertzOfMel(low + ((high - low) * at) / (bands + 1), scale),
    );
    const { range, weights } = melFilters(options);
    let next = 0;
    let largest = 0;
    for (let band = 0; band < bands; band++) {
      const [left, centre, right] = edges.slice(band, band + 3) as [number, number, number];
      const [first = 0, count = 0] = range.subarray(2 * band);
      for (let bin = 0; bin <= fftLength / 2; bin++) {
        const f = (bin * filterRate) / fftLength;
        const height = Math.max(0, Math.min((f - left) / (centre - left), (right - f) / (right - centre)));
        const truth = norm === "area" ? (height * 2) / (right - left) : height;
        const ours = bin >= first && bin < first + count ? (weights[next++] as number) : 0;
        largest = Math.max(largest, Math.abs(ours - truth));
      }
    }
    expect(largest).toBeLessThan(1e-12);
    expect(next).toBe(weights.length);
  });

  test("OrcaHello's bands above the 8 kHz that its filters reach are empty", () => {
    const { range } = melFilters(ORCAHELLO);
    const empty = Array.from({ length: 256 }, (_, band) => band).filter((band) => range[2 * band + 1] === 0);
    const low = describeFrontEnd({ ...ORCAHELLO, filterRate: 20_000 }, 40_000).bandCentres;
    expect(empty.length).toBeGreaterThan(0);
    expect(empty).toEqual(Array.from({ length: empty.length }, (_, at) => 256 - empty.length + at));
    expect(low[empty[0] as number]).toBeGreaterThan(8000);
    expect(low[(empty[0] as number) - 2]).toBeLessThan(8000);
  });
});

describe("the frequency axis", () => {
  test("Slaney's scale: 200 / 3 Hz a mel up to 1000 Hz, then 27 mel for a factor of 6.4", () => {
    expect(melOfHertz(500, "slaney")).toBeCloseTo(7.5, 12);
    expect(melOfHertz(1000, "slaney")).toBeCloseTo(15, 12);
    expect(melOfHertz(6400, "slaney")).toBeCloseTo(42, 12);
    expect(melOfHertz(1000, "htk")).toBeCloseTo(1000, 1);
  });

  test.each(["htk", "slaney"] as const)("%s there and back, rising, without a step at the bend", (scale) => {
    let last = -1;
    for (let hertz = 0; hertz < 24_000; hertz += 12.5) {
      const mel = melOfHertz(hertz, scale);
      expect(mel).toBeGreaterThan(last);
      expect(hertzOfMel(mel, scale)).toBeCloseTo(hertz, 8);
      last = mel;
    }
    expect(melOfHertz(1000, scale) - melOfHertz(1000 - 1e-9, scale)).toBeLessThan(1e-9);
  });

  test("bands are centred evenly in mel", () => {
    const { bandCentres } = describeFrontEnd(HUMPBACK, 39_124);
    expect(bandCentres).toHaveLength(64);
    const mel = (hertz: number) => 1127 * Math.log(1 + hertz / 700);
    for (const [band, centre] of bandCentres.entries()) {
      expect(mel(centre)).toBeCloseTo((mel(5000) * (band + 1)) / 65, 9);
    }
  });

  test("a filter that was laid for another rate hears other frequencies", () => {
    const { bandCentres } = describeFrontEnd(ORCAHELLO, 40_000);
    const { filterRate: _, ...plain } = ORCAHELLO;
    const asLaid = describeFrontEnd(plain, 40_000).bandCentres;
    for (const [band, centre] of bandCentres.entries()) expect(centre / (asLaid[band] as number)).toBeCloseTo(1.25, 12);
    // A tone is loudest in the band that is centred nearest to it.
    const [nearest] = [...bandCentres.keys()].sort(
      (a, b) => Math.abs((bandCentres[a] as number) - 3000) - Math.abs((bandCentres[b] as number) - 3000),
    );
    const frames = perWindow(ORCAHELLO, { samples: 20_000 }).transform(tone(20_000, 3000, 20_000, 0.5));
    const middle = frames.subarray(40 * 256, 41 * 256);
    expect(middle.indexOf(Math.max(...middle))).toBe(nearest);
  });
});
