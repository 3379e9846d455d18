/**
 * The passes of fft.ts for odd prime factors r of the length: r-point transforms that take elements j and r - j
 * together, since their rotations are conjugates.
 */
import { times } from "./complex";

/** The smallest factor above 1 of an odd number above 1. */
export function smallestOddFactor(n: i32): i32 {
  for (let factor = 3; factor * factor <= n; factor += 2) if (n % factor == 0) return factor;
  return n;
}

/**
 * Writes what a pass has before its rotations: cos and sin of 2 pi j / radix for j in 0 .. radix - 1, then room for the
 * pairs of one transform.
 * @returns the end of both
 */
export function rootsOfUnity(at: usize, radix: i32): usize {
  for (let j = 0; j < radix; j++, at += 16) {
    const angle = 2 * NativeMath.PI * <f64>j / <f64>radix;
    store<f64>(at, NativeMath.cos(angle));
    store<f64>(at, NativeMath.sin(angle), 8);
  }
  return at + <usize>radix * 32;
}

/**
 * @param table  where this pass' constants begin
 * @returns where they end
 */
export function passOdd(radix: i32, size: i32, stride: usize, from: usize, to: usize, table: usize): usize {
  const roots = table;
  const pairs = roots + <usize>radix * 16;
  const pairsEnd = pairs + <usize>(radix / 2) * 64;
  const part = <usize>(size / radix) * stride;
  const farthest = <usize>(radix - 1) * part;
  const outputs = <usize>(radix - 1) * stride;
  const turns = <usize>(radix - 1) * 16;
  table = pairs + <usize>radix * 32;
  for (const end = from + part; from < end; to += outputs, table += turns) {
    for (const next = from + stride; from < next; from += 32, to += 32) {
      const r = v128.load(from), i = v128.load(from, 16);
      let sumR = r, sumI = i;
      let near = from + part;
      let far = from + farthest;
      for (let at = pairs; at < pairsEnd; at += 64, near += part, far -= part) {
        const br = v128.load(near), bi = v128.load(near, 16);
        const cr = v128.load(far), ci = v128.load(far, 16);
        const plusR = f64x2.add(br, cr), plusI = f64x2.add(bi, ci);
        sumR = f64x2.add(sumR, plusR);
        sumI = f64x2.add(sumI, plusI);
        v128.store(at, plusR);
        v128.store(at, plusI, 16);
        v128.store(at, f64x2.sub(br, cr), 32);
        v128.store(at, f64x2.sub(bi, ci), 48);
      }
      v128.store(to, sumR);
      v128.store(to, sumI, 16);
      for (let k = 1; 2 * k < radix; k++) {
        let evenR = r, evenI = i, oddR = f64x2.splat(0), oddI = oddR;
        let turn = 0;
        for (let at = pairs; at < pairsEnd; at += 64) {
          turn += k;
          if (turn >= radix) turn -= radix;
          const root = roots + <usize>turn * 16;
          const c = v128.load_splat<f64>(root), s = v128.load_splat<f64>(root, 8);
          evenR = f64x2.add(evenR, f64x2.mul(v128.load(at), c));
          evenI = f64x2.add(evenI, f64x2.mul(v128.load(at, 16), c));
          // -i (b - c)
          oddR = f64x2.add(oddR, f64x2.mul(v128.load(at, 48), s));
          oddI = f64x2.sub(oddI, f64x2.mul(v128.load(at, 32), s));
        }
        turned(to + <usize>k * stride, f64x2.add(evenR, oddR), f64x2.add(evenI, oddI), table + <usize>(k - 1) * 16);
        turned(to + outputs - <usize>(k - 1) * stride, f64x2.sub(evenR, oddR), f64x2.sub(evenI, oddI), table + turns - <usize>k * 16);
      }
    }
  }
  return table;
}

/** Stores an output times its rotation. */
// @ts-ignore: decorator
@inline
function turned(to: usize, r: v128, i: v128, rotation: usize): void {
  times(to, r, i, v128.load_splat<f64>(rotation), v128.load_splat<f64>(rotation, 8));
}
