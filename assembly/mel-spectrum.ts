/**
 * Mel spectrum of two frames at once: window, zero-pad at the end, real FFT, magnitude or power, mel sum. Float64
 * throughout, rounded only where a result leaves.
 */

import { fft, twiddles } from "./fft";
import { alloc } from "./memory";

/** Everything that a front end needs; made once by `melSpectrum`. */
@unmanaged
export class MelSpectrum {
  windowLength: i32;
  fftLength: i32;
  bands: i32;
  firstBin: i32;
  lastBin: i32;
  /** Whether the bands sum powers, not magnitudes. */
  squared: bool;
  /** windowLength float64: the periodic Hann window, then zeros up to fftLength. */
  hann: usize;
  twiddles: usize;
  /** cos, sin of 2 pi k / fftLength for k = 0 .. floor(fftLength / 4). */
  turns: usize;
  a: usize;
  b: usize;
  /** A vector a bin, |X| or |X|^2: lane 0 the first frame. Bins outside firstBin .. lastBin are never read. */
  bins: usize;
  /** bands pairs of int32: first bin, count. */
  melRange: usize;
  /** The bands' weights, float64, one after the other. */
  melWeight: usize;
  /** A vector a band: the sums. */
  mel: usize;
}

/**
 * @param windowLength  samples in a frame; Hann is 0.5 - 0.5 cos(2 pi k / windowLength)
 * @param fftLength  an even number, at least windowLength
 * @param weights  how many mel weights there will be
 * @returns a MelSpectrum; fill melRange and melWeight (`melRangeOf`, `melWeightOf`) before use
 */
export function melSpectrum(windowLength: i32, fftLength: i32, bands: i32, weights: i32, firstBin: i32, lastBin: i32): usize {
  const self = changetype<MelSpectrum>(alloc(offsetof<MelSpectrum>()));
  const half = fftLength / 2;
  self.windowLength = windowLength;
  self.fftLength = fftLength;
  self.bands = bands;
  self.firstBin = firstBin;
  self.lastBin = lastBin;
  self.hann = alloc(<usize>fftLength * 8);
  for (let k = 0; k < windowLength; k++) {
    store<f64>(self.hann + <usize>k * 8, 0.5 - 0.5 * NativeMath.cos(2 * NativeMath.PI * <f64>k / <f64>windowLength));
  }
  self.twiddles = twiddles(half);
  self.turns = alloc(<usize>(half / 2 + 1) * 16);
  for (let k = 0; k <= half / 2; k++) {
    const angle = 2 * NativeMath.PI * <f64>k / <f64>fftLength;
    store<f64>(self.turns + <usize>k * 16, NativeMath.cos(angle));
    store<f64>(self.turns + <usize>k * 16, NativeMath.sin(angle), 8);
  }
  self.a = alloc(<usize>half * 32);
  self.b = alloc(<usize>half * 32);
  self.bins = alloc(<usize>(half + 1) * 16);
  self.melRange = alloc(<usize>bands * 8);
  self.melWeight = alloc(<usize>weights * 8);
  self.mel = alloc(<usize>bands * 16);
  return changetype<usize>(self);
}

export function melRangeOf(self: usize): usize {
  return changetype<MelSpectrum>(self).melRange;
}

export function melWeightOf(self: usize): usize {
  return changetype<MelSpectrum>(self).melWeight;
}

/** Fills self.mel for the frames of float32 samples at `first` and `second` (which may be the same). */
export function melOfTwoFrames(self: MelSpectrum, first: usize, second: usize): void {
  loadFrames(self, first, second);
  const z = fft(self.fftLength / 2, self.a, self.b, self.twiddles);
  if (self.squared) powers(self, z);
  else magnitudes(self, z);
  let weight = self.melWeight;
  let range = self.melRange;
  let out = self.mel;
  for (const end = out + <usize>self.bands * 16; out < end; out += 16, range += 8) {
    let bin = self.bins + <usize>load<i32>(range) * 16;
    let sum = f64x2.splat(0);
    for (const last = bin + <usize>load<i32>(range, 4) * 16; bin < last; bin += 16, weight += 8) {
      sum = f64x2.add(sum, f64x2.mul(v128.load(bin), v128.load_splat<f64>(weight)));
    }
    v128.store(out, sum);
  }
}

/** Even samples become real parts and odd ones imaginary parts, times the window. */
function loadFrames(self: MelSpectrum, first: usize, second: usize): void {
  let hann = self.hann;
  let to = self.a;
  const pad = to + <usize>self.windowLength * 16;
  const end = to + <usize>self.fftLength * 16;
  for (; to < pad; to += 32, hann += 16, first += 8, second += 8) {
    const h = v128.load(hann);
    const x = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(first)), h);
    const y = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(second)), h);
    v128.store(to, v128.shuffle<f64>(x, y, 0, 2));
    v128.store(to, v128.shuffle<f64>(x, y, 1, 3), 16);
  }
  memory.fill(to, 0, end - to);
}

function magnitudes(self: MelSpectrum, z: usize): void {
  untangle(self, z, false);
}

function powers(self: MelSpectrum, z: usize): void {
  untangle(self, z, true);
}

/**
 * Untangles the half-length transform Z into the real signal's spectrum X and takes |X| or |X|^2:
 * X[k] = (Z[k] + Z*[h-k]) / 2 - i e^(-2 pi i k / n) (Z[k] - Z*[h-k]) / 2, and X[h-k] from the same numbers.
 */
// @ts-ignore: decorator
@inline
function untangle(self: MelSpectrum, z: usize, squared: bool): void {
  const half = <usize>self.fftLength / 2;
  const out = self.bins;
  const re0 = v128.load(z), im0 = v128.load(z, 16);
  v128.store(out, size(f64x2.add(re0, im0), squared));
  v128.store(out + half * 16, size(f64x2.sub(re0, im0), squared));
  // Both bins of a pair are wanted, or neither is: mel bands cover a run of bins.
  const from = max<i32>(1, min<i32>(self.firstBin, <i32>half - self.lastBin));
  for (let k = <usize>from; k <= half / 2; k++) {
    const p = z + k * 32;
    const q = z + (half - k) * 32;
    const pr = v128.load(p), pi = v128.load(p, 16);
    const qr = v128.load(q), qi = v128.load(q, 16);
    const c = v128.load_splat<f64>(self.turns + k * 16);
    const s = v128.load_splat<f64>(self.turns + k * 16, 8);
    const evenR = f64x2.add(pr, qr), evenI = f64x2.sub(pi, qi);
    const oddR = f64x2.add(pi, qi), oddI = f64x2.sub(qr, pr);
    const turnR = f64x2.add(f64x2.mul(oddR, c), f64x2.mul(oddI, s));
    const turnI = f64x2.sub(f64x2.mul(oddI, c), f64x2.mul(oddR, s));
    v128.store(out + k * 16, halfOf(f64x2.add(evenR, turnR), f64x2.add(evenI, turnI), squared));
    v128.store(out + (half - k) * 16, halfOf(f64x2.sub(evenR, turnR), f64x2.sub(turnI, evenI), squared));
  }
}

/** |x| or x^2. */
// @ts-ignore: decorator
@inline
function size(x: v128, squared: bool): v128 {
  return squared ? f64x2.mul(x, x) : f64x2.abs(x);
}

/** |z / 2| or |z / 2|^2. */
// @ts-ignore: decorator
@inline
function halfOf(re: v128, im: v128, squared: bool): v128 {
  const sum = f64x2.add(f64x2.mul(re, re), f64x2.mul(im, im));
  return squared ? f64x2.mul(f64x2.splat(0.25), sum) : f64x2.mul(f64x2.splat(0.5), f64x2.sqrt(sum));
}
