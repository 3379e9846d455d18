/**
 * Complex FFT of two signals at once, in float64: lane 0 of every vector belongs to the first signal, lane 1 to the
 * second, so there are no shuffles and each signal's bits do not depend on its neighbour. Stockham's autosort form
 * (no bit reversal): first the odd prime factors of the length, from the smallest, then radix 4 with one radix-2 pass
 * where what is left is not a power of four.
 * An element is 32 bytes: real parts of both signals, then imaginary parts.
 */
import { times } from "./complex";
import { passOdd, rootsOfUnity, smallestOddFactor } from "./fft-odd";
import { alloc } from "./memory";

/**
 * The constants of the passes, in their order. Radix r has exp(-2 pi i k p / n) for each p in 0 .. n / r and k in
 * 1 .. r - 1, as pairs of float64; an odd r has its roots of unity and its scratch before them. n * 64 bytes are enough:
 * the worst case, a prime, takes 16 less.
 */
export function twiddles(n: i32): usize {
  const table = alloc(<usize>n * 64);
  let at = table;
  let size = n;
  for (let odd = n >> ctz(n); odd > 1; ) {
    const radix = smallestOddFactor(odd);
    at = rotations(rootsOfUnity(at, radix), radix, size);
    size /= radix;
    odd /= radix;
  }
  if (!isPowerOfFour(size)) {
    at = rotations(at, 2, size);
    size /= 2;
  }
  for (; size > 4; size /= 4) at = rotations(at, 4, size);
  return table;
}

function isPowerOfFour(n: i32): bool {
  return (ctz(n) & 1) == 0;
}

function rotations(at: usize, radix: i32, n: i32): usize {
  for (let p = 0; p < n / radix; p++) {
    for (let k = 1; k < radix; k++, at += 16) {
      const angle = -2 * NativeMath.PI * <f64>(k * p) / <f64>n;
      store<f64>(at, NativeMath.cos(angle));
      store<f64>(at, NativeMath.sin(angle), 8);
    }
  }
  return at;
}

/**
 * Transforms the `n` elements at `a`, using `b` of the same size as the second buffer.
 * @param table  the `twiddles` of n
 * @returns where the result is: `a` or `b`
 */
export function fft(n: i32, a: usize, b: usize, table: usize): usize {
  let from = a;
  let to = b;
  let size = n;
  let stride: usize = 32;
  for (let odd = n >> ctz(n); odd > 1; ) {
    const radix = smallestOddFactor(odd);
    table = passOdd(radix, size, stride, from, to, table);
    size /= radix;
    odd /= radix;
    stride *= radix;
    const swap = from;
    from = to;
    to = swap;
  }
  if (!isPowerOfFour(size)) {
    pass2(size, stride, from, to, table);
    table += <usize>(size / 2) * 16;
    size /= 2;
    stride *= 2;
    const swap = from;
    from = to;
    to = swap;
  }
  for (; size > 4; size /= 4, stride *= 4) {
    pass4(size, stride, from, to, table);
    table += <usize>(size / 4) * 48;
    const swap = from;
    from = to;
    to = swap;
  }
  if (size == 1) return from;
  lastPass(stride, from, to);
  return to;
}

function pass2(size: i32, stride: usize, from: usize, to: usize, table: usize): void {
  const half = <usize>(size / 2) * stride;
  for (const end = from + half; from < end; from += stride, to += stride, table += 16) {
    const wr = v128.load_splat<f64>(table);
    const wi = v128.load_splat<f64>(table, 8);
    for (const next = to + stride; to < next; from += 32, to += 32) {
      const ar = v128.load(from), ai = v128.load(from, 16);
      const br = v128.load(from + half), bi = v128.load(from + half, 16);
      v128.store(to, f64x2.add(ar, br));
      v128.store(to, f64x2.add(ai, bi), 16);
      times(to + stride, f64x2.sub(ar, br), f64x2.sub(ai, bi), wr, wi);
    }
    from -= stride;
  }
}

function pass4(size: i32, stride: usize, from: usize, to: usize, table: usize): void {
  const quarter = <usize>(size / 4) * stride;
  for (const end = from + quarter; from < end; to += 3 * stride, table += 48) {
    const w1r = v128.load_splat<f64>(table), w1i = v128.load_splat<f64>(table, 8);
    const w2r = v128.load_splat<f64>(table, 16), w2i = v128.load_splat<f64>(table, 24);
    const w3r = v128.load_splat<f64>(table, 32), w3i = v128.load_splat<f64>(table, 40);
    for (const next = from + stride; from < next; from += 32, to += 32) {
      const ar = v128.load(from), ai = v128.load(from, 16);
      const cr = v128.load(from + 2 * quarter), ci = v128.load(from + 2 * quarter, 16);
      const br = v128.load(from + quarter), bi = v128.load(from + quarter, 16);
      const dr = v128.load(from + 3 * quarter), di = v128.load(from + 3 * quarter, 16);
      const sumR = f64x2.add(ar, cr), sumI = f64x2.add(ai, ci);
      const difR = f64x2.sub(ar, cr), difI = f64x2.sub(ai, ci);
      const odd = f64x2.add(br, dr), oddI = f64x2.add(bi, di);
      // i (b - d)
      const turnR = f64x2.sub(di, bi), turnI = f64x2.sub(br, dr);
      v128.store(to, f64x2.add(sumR, odd));
      v128.store(to, f64x2.add(sumI, oddI), 16);
      times(to + stride, f64x2.sub(difR, turnR), f64x2.sub(difI, turnI), w1r, w1i);
      times(to + 2 * stride, f64x2.sub(sumR, odd), f64x2.sub(sumI, oddI), w2r, w2i);
      times(to + 3 * stride, f64x2.add(difR, turnR), f64x2.add(difI, turnI), w3r, w3i);
    }
  }
}

/** The radix-4 pass of size 4: every twiddle is 1. */
function lastPass(stride: usize, from: usize, to: usize): void {
  for (const next = from + stride; from < next; from += 32, to += 32) {
    const ar = v128.load(from), ai = v128.load(from, 16);
    const br = v128.load(from + stride), bi = v128.load(from + stride, 16);
    const cr = v128.load(from + 2 * stride), ci = v128.load(from + 2 * stride, 16);
    const dr = v128.load(from + 3 * stride), di = v128.load(from + 3 * stride, 16);
    const sumR = f64x2.add(ar, cr), sumI = f64x2.add(ai, ci);
    const difR = f64x2.sub(ar, cr), difI = f64x2.sub(ai, ci);
    const odd = f64x2.add(br, dr), oddI = f64x2.add(bi, di);
    const turnR = f64x2.sub(di, bi), turnI = f64x2.sub(br, dr);
    v128.store(to, f64x2.add(sumR, odd));
    v128.store(to, f64x2.add(sumI, oddI), 16);
    v128.store(to + stride, f64x2.sub(difR, turnR));
    v128.store(to + stride, f64x2.sub(difI, turnI), 16);
    v128.store(to + 2 * stride, f64x2.sub(sumR, odd));
    v128.store(to + 2 * stride, f64x2.sub(sumI, oddI), 16);
    v128.store(to + 3 * stride, f64x2.add(difR, turnR));
    v128.store(to + 3 * stride, f64x2.add(difI, turnI), 16);
  }
}
