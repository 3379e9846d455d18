/** A mel filter bank without its zeros: for each band the first bin, the count, and that many weights. */
export interface MelFilters {
  readonly bands: number;
  readonly range: Int32Array;
  readonly weights: Float64Array;
  readonly firstBin: number;
  readonly lastBin: number;
}

export interface MelOptions {
  readonly bands: number;
  readonly fftLength: number;
  readonly rate: number;
  /** Edges of the lowest and highest band, Hz. */
  readonly lowest: number;
  readonly highest: number;
}

/** HTK's mel scale as TensorFlow and VGGish write it: 1127 ln(1 + f / 700), f in Hz. */
function melOfHertz(f: number): number {
  return 1127 * Math.log(1 + f / 700);
}

/** The frequency of a mel value, Hz. */
export function hertzOfMel(mel: number): number {
  return 700 * Math.expm1(mel / 1127);
}

/** Centres of the bands, Hz, for the axis of a picture. */
export function bandCentres({ bands, lowest, highest }: MelOptions): number[] {
  const low = melOfHertz(lowest);
  const step = (melOfHertz(highest) - low) / (bands + 1);
  return Array.from({ length: bands }, (_, band) => hertzOfMel(low + (band + 1) * step));
}

/**
 * Triangles that are straight in mel, with peak 1 and no normalisation by area; the 0 Hz bin is left out. This is
 * tensorflow/models research/audioset/vggish/mel_features.py (spectrogram_to_mel_matrix) and, in other words,
 * tf.signal.linear_to_mel_weight_matrix, which YAMNet and Humpback use.
 */
export function melFilters(options: MelOptions): MelFilters {
  const { bands, fftLength, rate, lowest, highest } = options;
  const bins = fftLength / 2 + 1;
  const low = melOfHertz(lowest);
  const step = (melOfHertz(highest) - low) / (bands + 1);
  const melOfBin = Array.from({ length: bins }, (_, bin) => melOfHertz((bin * rate) / fftLength));
  const range = new Int32Array(2 * bands);
  const weights: number[] = [];
  let firstBin = bins;
  let lastBin = 0;
  for (let band = 0; band < bands; band++) {
    const left = low + band * step;
    let count = 0;
    for (let bin = 1; bin < bins; bin++) {
      const rise = ((melOfBin[bin] as number) - left) / step;
      const weight = Math.min(rise, 2 - rise);
      // The top bin of a bank that ends at Nyquist lies on the edge: rounding must not give it a weight.
      if (weight <= 1e-12) continue;
      if (count === 0) range[2 * band] = bin;
      count++;
      weights.push(weight);
      firstBin = Math.min(firstBin, bin);
      lastBin = Math.max(lastBin, bin);
    }
    range[2 * band + 1] = count;
  }
  return { bands, range, weights: Float64Array.from(weights), firstBin, lastBin };
}
