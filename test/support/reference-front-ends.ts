/**
 * The front ends written down plainly in float64, straight from the published formulas: the truth that the kernels and
 * TensorFlow's float32 are both measured against. A direct Fourier sum, no tricks, and of src/ only names of options.
 */
import type { MelDbOptions, StftOptions } from "../../src/kernels/index.ts";

const VGGISH = { windowLength: 400, hop: 160, fftLength: 512, rate: 16000, lowest: 125, highest: 7500, bands: 64 };
const HUMPBACK = { windowLength: 1024, hop: 300, fftLength: 1024, rate: 10000, lowest: 0, highest: 5000, bands: 64 };

function hann(length: number): Float64Array {
  return Float64Array.from({ length }, (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / length));
}

function melOf(f: number, scale: StftOptions["scale"]): number {
  if (scale !== "slaney") return 2595 * Math.log10(1 + f / 700);
  return f < 1000 ? (3 * f) / 200 : 15 + (27 * Math.log(f / 1000)) / Math.log(6.4);
}

function hertzOf(mel: number, scale: StftOptions["scale"]): number {
  if (scale !== "slaney") return 700 * (10 ** (mel / 2595) - 1);
  return mel < 15 ? (200 * mel) / 3 : 1000 * 6.4 ** ((mel - 15) / 27);
}

/**
 * Dense [bins][bands]: tensorflow/models research/audioset/vggish/mel_features.py where slopes are straight in mel,
 * librosa.filters.mel where they are straight in Hz.
 */
function melMatrix(options: StftOptions): Float64Array[] {
  const { fftLength, bands, rate, filterRate = rate, lowest, highest, scale, slopes, norm } = options;
  const [low, high] = [melOf(lowest, scale), melOf(highest, scale)];
  const mels = Array.from({ length: bands + 2 }, (_, i) => low + (i * (high - low)) / (bands + 1));
  const hertz = mels.map((mel) => hertzOf(mel, scale));
  const edges = slopes === "hertz" ? hertz : mels;
  return Array.from({ length: fftLength / 2 + 1 }, (_, bin) => {
    const row = new Float64Array(bands);
    if (bin === 0) return row;
    const f = (bin * filterRate) / fftLength;
    const at = slopes === "hertz" ? f : melOf(f, scale);
    for (let band = 0; band < bands; band++) {
      const [left, centre, right] = [edges[band] as number, edges[band + 1] as number, edges[band + 2] as number];
      const height = Math.min((at - left) / (centre - left), (right - at) / (right - centre));
      const width = (hertz[band + 2] as number) - (hertz[band] as number);
      // What is less than this is a bin on the edge, and rounding.
      row[band] = height < 1e-12 ? 0 : norm === "area" ? (2 * height) / width : height;
    }
    return row;
  });
}

/** [frames][bands], each: the sum, and how little and how much float64 may make of it on any way to it. */
interface MelFrames {
  readonly sums: Float64Array[];
  readonly least: Float64Array[];
  readonly most: Float64Array[];
}

/** Mel sums of |X|^power of frames of `windowLength` samples from every `hop`-th one. */
function melFrames(x: ArrayLike<number>, options: StftOptions, power: 1 | 2 = 1): MelFrames {
  const { windowLength, fftLength, hop, bands } = options;
  const w = hann(windowLength);
  // A bin lies in two bands at most: those with a weight, as [band, weight].
  const bins = melMatrix(options)
    .map((row, bin) => ({
      bin,
      weights: Array.from(row, (weight, band) => [band, weight] as const).filter(([, weight]) => weight > 0),
    }))
    .filter(({ weights }) => weights.length > 0);
  const cos = Float64Array.from({ length: fftLength }, (_, k) => Math.cos((2 * Math.PI * k) / fftLength));
  const sin = Float64Array.from({ length: fftLength }, (_, k) => Math.sin((2 * Math.PI * k) / fftLength));
  const frames: MelFrames = { sums: [], least: [], most: [] };
  for (let start = 0; start + windowLength <= x.length; start += hop) {
    const [sum, least, most] = [new Float64Array(bands), new Float64Array(bands), new Float64Array(bands)];
    const y = Float64Array.from({ length: windowLength }, (_, k) => (x[start + k] as number) * (w[k] as number));
    const rounding = 2 ** -52 * y.reduce((total, value) => total + Math.abs(value), 0);
    for (const { bin, weights } of bins) {
      let re = 0;
      let im = 0;
      for (let k = 0, turn = 0; k < windowLength; k++, turn += bin) {
        if (turn >= fftLength) turn -= fftLength;
        re += (y[k] as number) * (cos[turn] as number);
        im -= (y[k] as number) * (sin[turn] as number);
      }
      const size = Math.hypot(re, im);
      for (const [band, weight] of weights) {
        sum[band] = (sum[band] as number) + weight * size ** power;
        least[band] = (least[band] as number) + weight * Math.max(0, size - rounding) ** power;
        most[band] = (most[band] as number) + weight * (size + rounding) ** power;
      }
    }
    frames.sums.push(sum);
    frames.least.push(least);
    frames.most.push(most);
  }
  return frames;
}

/** [frames * 64] ln(mel + offset) of 16 kHz samples. */
export function referenceLogMel(x: ArrayLike<number>, offset: number): Float64Array {
  const { sums } = melFrames(x, VGGISH);
  return Float64Array.from(sums.flatMap((frame) => Array.from(frame, (value) => Math.log(value + offset))));
}

/** [frames * bands] PCEN of 10 kHz samples; `restartEvery` frames the smoother starts anew. */
export function referencePcen(
  x: ArrayLike<number>,
  weights: { alpha: ArrayLike<number>; delta: ArrayLike<number>; root: ArrayLike<number> },
  restartEvery = Number.POSITIVE_INFINITY,
  bands = 64,
): Float64Array {
  const { sums } = melFrames(x, { ...HUMPBACK, bands });
  const out = new Float64Array(sums.length * bands);
  const m = new Float64Array(bands);
  for (const [t, frame] of sums.entries()) {
    for (let band = 0; band < bands; band++) {
      const e = (frame[band] as number) ** 2;
      m[band] = t % restartEvery === 0 ? e : 0.025 * e + 0.975 * (m[band] as number);
      const alpha = Math.min(weights.alpha[band] as number, 1);
      const power = 1 / Math.max(weights.root[band] as number, 1);
      const delta = weights.delta[band] as number;
      out[t * bands + band] = (e / (1e-6 + (m[band] as number)) ** alpha + delta) ** power - delta ** power;
    }
  }
  return out;
}

/** numpy.pad(x, mode="reflect") or "constant": the mirror image goes on and on. */
function padded(x: ArrayLike<number>, by: number, mode: "reflect" | "zeros"): Float64Array {
  const there = Array.from(x);
  const round = [...there, ...there.slice(1, -1).reverse()];
  const { length } = round;
  return Float64Array.from({ length: x.length + 2 * by }, (_, at) => {
    const inside = at >= by && at < by + x.length;
    return inside || mode === "reflect" ? (round[(((at - by) % length) + length) % length] as number) : 0;
  });
}

/** A window's [frames * bands] in dB: the truth, and what float64's own rounding may make of it. */
export interface ReferenceDecibels {
  readonly values: Float64Array;
  readonly least: Float64Array;
  readonly most: Float64Array;
}

/** Mel spectrogram in dB as librosa does it: the audio padded by half an FFT, the window in the middle of its frame. */
export function referenceMelDb(x: ArrayLike<number>, options: MelDbOptions): ReferenceDecibels {
  const { windowLength, fftLength, power, centred, amin, topDb = Number.POSITIVE_INFINITY, fixedFrames } = options;
  // A frame of fftLength samples has as many zeros before the window as this, and the rest behind it.
  const before = Math.floor((fftLength - windowLength) / 2);
  const audio = centred === "no" ? x : x.length === 0 ? [] : padded(x, fftLength / 2, centred);
  const usable =
    centred === "no" ? audio : Array.from(audio).slice(before, audio.length - (fftLength - windowLength - before));
  const decibels = (frames: readonly Float64Array[]) => {
    const all = frames.flatMap((frame) => Array.from(frame, (sum) => 10 * Math.log10(Math.max(sum, amin))));
    const floor = all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - topDb;
    const raised = all.map((value) => Math.max(value, floor));
    if (fixedFrames === undefined) return Float64Array.from(raised);
    const length = fixedFrames.count * options.bands;
    return Float64Array.from({ length }, (_, at) => raised[at] ?? fixedFrames.missing);
  };
  const { sums, least, most } = melFrames(usable, options, power);
  return { values: decibels(sums), least: decibels(least), most: decibels(most) };
}
