/**
 * The front ends written down plainly in float64, straight from the published formulas: the truth that the kernels and
 * TensorFlow's float32 are both measured against. A direct Fourier sum, no tricks, nothing shared with src/ or assembly/.
 */

function hann(length: number): Float64Array {
  return Float64Array.from({ length }, (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / length));
}

/** Dense [bins][bands] mel matrix: tensorflow/models research/audioset/vggish/mel_features.py. */
function melMatrix(bins: number, rate: number, lowest: number, highest: number): Float64Array[] {
  const mel = (f: number) => 1127 * Math.log(1 + f / 700);
  const edges = Array.from({ length: 66 }, (_, i) => mel(lowest) + (i * (mel(highest) - mel(lowest))) / 65);
  return Array.from({ length: bins }, (_, bin) => {
    const row = new Float64Array(64);
    if (bin === 0) return row;
    const m = mel((bin * rate) / (2 * (bins - 1)));
    for (let band = 0; band < 64; band++) {
      const [left, centre, right] = [edges[band] as number, edges[band + 1] as number, edges[band + 2] as number];
      row[band] = Math.max(0, Math.min((m - left) / (centre - left), (right - m) / (right - centre)));
    }
    return row;
  });
}

/** [frames][64] mel sums of magnitudes. */
function melFrames(
  x: ArrayLike<number>,
  window: number,
  hop: number,
  fft: number,
  rate: number,
  lo: number,
  hi: number,
) {
  const bins = fft / 2 + 1;
  const w = hann(window);
  const matrix = melMatrix(bins, rate, lo, hi);
  const cos = Float64Array.from({ length: fft }, (_, k) => Math.cos((2 * Math.PI * k) / fft));
  const sin = Float64Array.from({ length: fft }, (_, k) => Math.sin((2 * Math.PI * k) / fft));
  const frames = x.length < window ? 0 : 1 + Math.floor((x.length - window) / hop);
  return Array.from({ length: frames }, (_, frame) => {
    const out = new Float64Array(64);
    const y = Float64Array.from({ length: window }, (_, k) => (x[frame * hop + k] as number) * (w[k] as number));
    for (let bin = 1; bin < bins; bin++) {
      const weights = matrix[bin] as Float64Array;
      if (!weights.some((weight) => weight > 0)) continue;
      let re = 0;
      let im = 0;
      for (let k = 0; k < window; k++) {
        const turn = (bin * k) & (fft - 1);
        re += (y[k] as number) * (cos[turn] as number);
        im -= (y[k] as number) * (sin[turn] as number);
      }
      const magnitude = Math.hypot(re, im);
      for (let band = 0; band < 64; band++) out[band] = (out[band] as number) + magnitude * (weights[band] as number);
    }
    return out;
  });
}

/** [frames * 64] ln(mel + offset) of 16 kHz samples. */
export function referenceLogMel(x: ArrayLike<number>, offset: number): Float64Array {
  const frames = melFrames(x, 400, 160, 512, 16000, 125, 7500);
  return Float64Array.from(frames.flatMap((frame) => Array.from(frame, (value) => Math.log(value + offset))));
}

/** [frames * 64] PCEN of 10 kHz samples; `restartEvery` frames the smoother starts anew. */
export function referencePcen(
  x: ArrayLike<number>,
  weights: { alpha: ArrayLike<number>; delta: ArrayLike<number>; root: ArrayLike<number> },
  restartEvery = Number.POSITIVE_INFINITY,
): Float64Array {
  const frames = melFrames(x, 1024, 300, 1024, 10000, 0, 5000);
  const out = new Float64Array(frames.length * 64);
  const m = new Float64Array(64);
  for (const [t, frame] of frames.entries()) {
    for (let band = 0; band < 64; band++) {
      const e = (frame[band] as number) ** 2;
      m[band] = t % restartEvery === 0 ? e : 0.025 * e + 0.975 * (m[band] as number);
      const alpha = Math.min(weights.alpha[band] as number, 1);
      const power = 1 / Math.max(weights.root[band] as number, 1);
      const delta = weights.delta[band] as number;
      out[t * 64 + band] = (e / (1e-6 + (m[band] as number)) ** alpha + delta) ** power - delta ** power;
    }
  }
  return out;
}
