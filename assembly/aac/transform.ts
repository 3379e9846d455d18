/**
 * The inverse MDCT as a DCT-IV of two channels at once, on a complex FFT of half its size. The IMDCT's 2M outputs are
 * the DCT-IV's M outputs u, unfolded (see filter-bank.ts):
 *   u[m] = scale * sum over k of X[k] cos(pi / M (m + 1/2) (k + 1/2))
 * With t[n] = (X[2n] + i X[M-1-2n]) w[n], T its FFT of size M/2 and y[k] = T[k] w[k], w[n] = exp(-i pi (n + 1/8) / M):
 *   u[2k] = Re y[k],  u[M-1-2k] = -Im y[k]
 */

import { fft, twiddles } from "../fft";
import { alloc } from "../memory";

@unmanaged
export class Transform {
  /** M: 1024 or 128. */
  size: i32;
  /** M/2 pairs of float64: w times the root of the scale, because it is applied twice. */
  turns: usize;
  twiddles: usize;
  a: usize;
  b: usize;
}

/** The standard's 2/N with N = 2M, and full scale 32768 to 1. */
export function newTransform(size: i32): Transform {
  const self = changetype<Transform>(alloc(offsetof<Transform>()));
  const half = size / 2;
  self.size = size;
  self.turns = alloc(<usize>half * 16);
  self.twiddles = twiddles(half);
  self.a = alloc(<usize>half * 32);
  self.b = alloc(<usize>half * 32);
  const root = sqrt(1.0 / (<f64>size * 32768.0));
  for (let n = 0; n < half; n++) {
    const angle = (-NativeMath.PI * (<f64>n + 0.125)) / <f64>size;
    store<f64>(self.turns + n * 16, root * NativeMath.cos(angle));
    store<f64>(self.turns + n * 16, root * NativeMath.sin(angle), 8);
  }
  return self;
}

/**
 * @param left  M float64
 * @param right  M float64
 * @param out  M pairs of float64
 * @returns the largest magnitude among `out`, or NaN
 */
export function transform(self: Transform, left: usize, right: usize, out: usize): f64 {
  const half = self.size / 2;
  const last = <usize>(self.size - 1);
  for (let n: usize = 0; n < <usize>half; n++) {
    const even = n * 16;
    const odd = (last - 2 * n) * 8;
    const re = v128.load64_lane(right + even, v128.load64_zero(left + even), 1);
    const im = v128.load64_lane(right + odd, v128.load64_zero(left + odd), 1);
    const c = v128.load_splat<f64>(self.turns + n * 16);
    const s = v128.load_splat<f64>(self.turns + n * 16, 8);
    v128.store(self.a + n * 32, f64x2.sub(f64x2.mul(re, c), f64x2.mul(im, s)));
    v128.store(self.a + n * 32, f64x2.add(f64x2.mul(re, s), f64x2.mul(im, c)), 16);
  }
  const from = fft(half, self.a, self.b, self.twiddles);
  let peak = f64x2.splat(0);
  for (let n: usize = 0; n < <usize>half; n++) {
    const re = v128.load(from + n * 32);
    const im = v128.load(from + n * 32, 16);
    const c = v128.load_splat<f64>(self.turns + n * 16);
    const s = v128.load_splat<f64>(self.turns + n * 16, 8);
    const first = f64x2.sub(f64x2.mul(re, c), f64x2.mul(im, s));
    const second = f64x2.add(f64x2.mul(re, s), f64x2.mul(im, c));
    peak = f64x2.max(peak, f64x2.max(f64x2.abs(first), f64x2.abs(second)));
    v128.store(out + n * 32, first);
    v128.store(out + (last - 2 * n) * 16, f64x2.neg(second));
  }
  return max(f64x2.extract_lane(peak, 0), f64x2.extract_lane(peak, 1));
}
