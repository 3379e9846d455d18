import { hertzOfMel, type MelBands, melOfHertz, melSteps } from "./mel-scale.ts";

/** In what the sides of a band's triangle are straight: `hertz` in librosa and torchaudio, `mel` in TensorFlow. */
export const MEL_SLOPES = ["hertz", "mel"] as const;
export type MelSlopes = (typeof MEL_SLOPES)[number];

/** `none`: a band's peak is 1. `area`: 2 / its width in Hz (librosa's and torchaudio's "slaney"). */
export const MEL_NORMS = ["none", "area"] as const;
export type MelNorm = (typeof MEL_NORMS)[number];

/** Triangular filters; what is left out is as VGGish, YAMNet and Humpback have it. */
export interface MelFilterOptions extends MelBands {
  readonly fftLength: number;
  /** `mel` where it is left out. */
  readonly slopes?: MelSlopes;
  /** `none` where it is left out. */
  readonly norm?: MelNorm;
}

/** A mel filter bank without its zeros: for each band the first bin, the count, and that many weights. */
export interface MelFilters {
  /** [bands, 2] */
  readonly range: Int32Array;
  readonly weights: Float64Array;
  /** The lowest and the highest bin that a band uses. */
  readonly firstBin: number;
  readonly lastBin: number;
}

/** A bin on a band's edge has no weight; rounding must not give it one. */
const LEAST_WEIGHT = 1e-12;

/**
 * The bands' weights for the bins of a spectrum. Without `slopes` and `norm` this is tensorflow/models
 * research/audioset/vggish/mel_features.py (spectrogram_to_mel_matrix) and, in other words,
 * tf.signal.linear_to_mel_weight_matrix; with slopes in Hz it is librosa.filters.mel and torchaudio's melscale_fbanks.
 * The 0 Hz bin has no weight in any of them, since no band begins below 0 Hz.
 */
export function melFilters(options: MelFilterOptions): MelFilters {
  const { bands, fftLength, rate, filterRate = rate, scale, slopes = "mel", norm = "none" } = options;
  const bins = fftLength / 2 + 1;
  const { low, step } = melSteps(options);
  const edge = (index: number) => hertzOfMel(low + index * step, scale);
  const place = (bin: number) => {
    const hertz = (bin * filterRate) / fftLength;
    return slopes === "mel" ? melOfHertz(hertz, scale) : hertz;
  };
  const range = new Int32Array(2 * bands);
  const weights: number[] = [];
  let firstBin = bins;
  let lastBin = 0;
  for (let band = 0; band < bands; band++) {
    const triangle = slopes === "mel" ? evenTriangle(low + band * step, step) : unevenTriangle(band, edge);
    const gain = norm === "area" ? 2 / (edge(band + 2) - edge(band)) : 1;
    // One more on either side, whatever rounding does to the edges.
    const from = Math.max(1, Math.floor((edge(band) * fftLength) / filterRate) - 1);
    const to = Math.min(bins - 1, Math.ceil((edge(band + 2) * fftLength) / filterRate) + 1);
    let count = 0;
    for (let bin = from; bin <= to; bin++) {
      const weight = triangle(place(bin));
      if (weight <= LEAST_WEIGHT) continue;
      if (count === 0) range[2 * band] = bin;
      count++;
      weights.push(weight * gain);
      firstBin = Math.min(firstBin, bin);
      lastBin = Math.max(lastBin, bin);
    }
    range[2 * band + 1] = count;
  }
  return { range, weights: Float64Array.from(weights), firstBin, lastBin };
}

function evenTriangle(left: number, step: number): (place: number) => number {
  return (place) => {
    const rise = (place - left) / step;
    return Math.min(rise, 2 - rise);
  };
}

function unevenTriangle(band: number, edge: (index: number) => number): (place: number) => number {
  const [left, centre, right] = [edge(band), edge(band + 1), edge(band + 2)];
  return (place) => Math.min((place - left) / (centre - left), (right - place) / (right - centre));
}
