import { floorOf, Fused, madd } from "./arith";
import { StrassenCall } from "./calls";
import { PRODUCTS, SUMS } from "./scratch";

/**
 * A product by seven eighths of the multiplications (Strassen 1969, doi:10.1007/BF02165411): A, B and C are cut in
 * quarters, and seven products of sums of quarters take the place of eight of quarters. FMAs are what bounds the 1x1
 * convolutions, so the sums must cost little:
 * - B's quarters are kept in a basis (Karstadt and Schwartz 2017, doi:10.1145/3087556.3087579) that is made when a net
 *   is packed: B11 - B22, B11, B11 - B21, B11 - B12. Four products take one of these, three the difference of two,
 *   formed in registers while the product runs: its loads and subtractions fit beside the FMAs.
 * - A's sums, six rows at a time, lie in L1 while a block of B passes, and so do the seven products of the six rows. One
 *   pass then makes C's four quarters of the seven, with bias, residual and ReLU.
 *
 * A's halves are the upper and the lower rows of each window's map, so that no number depends on the other windows. The
 * tile of 6 x 8 is that of gemm.ts.
 */

/** Bytes of B that stay in L2 while all rows of A pass. */
const B_BLOCK: i32 = 512 * 1024;
/** Columns of a product in PRODUCTS, and the bytes of its rows and of all its six rows. */
const MOST_COLUMNS: i32 = 128;
const PRODUCT_ROW: usize = MOST_COLUMNS * 4;
const PRODUCT: usize = 6 * PRODUCT_ROW;

/** Whether a product takes a quarter of B's basis or the difference of two: a type, so that one function serves both. */
type One = i32;
type Two = f32;

/**
 * An even number of rows a window; k a multiple of 16 and at most 2048, n a multiple of 16. The weights are B's four
 * quarters in the basis above, each [n / 16][k / 2][8].
 */
export function strassen(call: StrassenCall): void {
  const k = call.k, halfK = k / 2, halfN = call.n / 2, half = halfRows(call), pairs = call.rows / 2;
  const columns = min(min(halfN, MOST_COLUMNS), max(8, (B_BLOCK / (k * 8)) & -8));
  // From a pixel of the upper half to the other three quarters of A.
  const a12 = <usize>(halfK * 4), a21 = <usize>(half * k * 4), a22 = a21 + a12;
  const quarter = <usize>(halfK * halfN * 4);
  for (let j0 = 0; j0 < halfN; j0 += columns) {
    const width = min(columns, halfN - j0);
    const minus22 = call.weights + <usize>(j0 * halfK * 4), b11 = minus22 + quarter;
    const minus21 = b11 + quarter, minus12 = minus21 + quarter;
    for (let i = 0; i < pairs; i += 6) {
      sum(call, i, 0, a22, 1);
      multiply<One>(minus22, 0, halfK, width, 0);
      sum(call, i, a21, a22, 1);
      multiply<One>(b11, 0, halfK, width, 1);
      sum(call, i, 0, 0, 0);
      multiply<Two>(minus12, minus22, halfK, width, 2);
      sum(call, i, a22, 0, 0);
      multiply<One>(minus21, 0, halfK, width, 3);
      sum(call, i, 0, a12, 1);
      multiply<Two>(b11, minus22, halfK, width, 4);
      sum(call, i, a21, 0, -1);
      multiply<One>(minus12, 0, halfK, width, 5);
      sum(call, i, a12, a22, -1);
      multiply<Two>(minus22, minus21, halfK, width, 6);
      combine(call, i, j0, width);
    }
  }
}

/** Rows of half a window's map. */
// @ts-ignore: decorator
@inline
function halfRows(call: StrassenCall): i32 {
  return call.rows / call.batch / 2;
}

/** SUMS [6][k / 2] = first + sign * second of the pairs of rows from `i`, both given by their distance from A11. */
function sum(call: StrassenCall, i: i32, first: usize, second: usize, sign: f32): void {
  const half = halfRows(call), last = min(i + 6, call.rows / 2);
  const factor = f32x4.splat(sign), row = <usize>(call.k * 4);
  let to: usize = SUMS;
  for (; i < last; i++) {
    let p = rowOf(call.x, i, half, row) + first;
    const toSecond = second - first;
    for (const end = to + row / 2; to < end; to += 32, p += 32) {
      const q = p + toSecond;
      v128.store(to, madd<Fused>(factor, v128.load(q), v128.load(p)));
      v128.store(to, madd<Fused>(factor, v128.load(q, 16), v128.load(p, 16)), 16);
    }
  }
}

/** Where the upper row of a pair lies. */
// @ts-ignore: decorator
@inline
function rowOf(map: usize, pair: i32, half: i32, row: usize): usize {
  return map + <usize>(pair + (pair / half) * half) * row;
}

/**
 * Product `which` of the seven, [6][MOST_COLUMNS], of SUMS and the panels of b (minus those of `other`).
 *
 * Beside twelve sums V8 has three registers: b0, and b1 with what is subtracted from it. The first number of A must
 * therefore come after b0, go, and come again after b1; in two ways of loading, because V8 would make one of two alike,
 * keep it, and spill a sum instead, which halves the speed.
 */
function multiply<B>(b: usize, other: usize, k: i32, width: i32, which: i32): void {
  const row = <usize>(k * 4);
  other -= b;
  let to = PRODUCTS + <usize>which * PRODUCT;
  for (let j = 0; j < width; j += 8) {
    for (let $r = 0; $r < 6; $r++) let c$r0 = f32x4.splat(0), c$r1 = f32x4.splat(0);
    let a0: usize = SUMS, b0: v128, b1: v128, a: v128;
    for (let $r = 1; $r < 6; $r++) let a$r = SUMS + $r * row;
    for (const end = b + row * 8; b < end; b += 128) {
      for (let $k = 0; $k < 4; $k++) {
        if (isFloat<B>()) {
          b0 = f32x4.sub(v128.load(b, 32 * $k), v128.load(b + other, 32 * $k));
          c00 = madd<Fused>(b0, v128.load32_splat(a0, 4 * $k), c00);
          b1 = f32x4.sub(v128.load(b, 32 * $k + 16), v128.load(b + other, 32 * $k + 16));
          c01 = madd<Fused>(b1, f32x4.splat(load<f32>(a0, 4 * $k)), c01);
        } else {
          b0 = v128.load(b, 32 * $k);
          b1 = v128.load(b, 32 * $k + 16);
          a = v128.load32_splat(a0, 4 * $k);
          c00 = madd<Fused>(a, b0, c00);
          c01 = madd<Fused>(a, b1, c01);
        }
        for (let $r = 1; $r < 6; $r++) {
          a = v128.load32_splat(a$r, 4 * $k);
          c$r0 = madd<Fused>(a, b0, c$r0);
          c$r1 = madd<Fused>(a, b1, c$r1);
        }
      }
      for (let $r = 0; $r < 6; $r++) a$r += 16;
    }
    for (let $r = 0; $r < 6; $r++) {
      v128.store(to, c$r0, $r * PRODUCT_ROW);
      v128.store(to, c$r1, $r * PRODUCT_ROW + 16);
    }
    to += 32;
  }
}

// @ts-ignore: decorator
@inline
function productOf(which: usize, at: usize): v128 {
  return v128.load(PRODUCTS + which * PRODUCT + at);
}

/** The four quarters of C of six pairs of rows from `i`, or as many as there are, and `width` columns from j0. */
function combine(call: StrassenCall, i: i32, j0: i32, width: i32): void {
  const half = halfRows(call), count = min(6, call.rows / 2 - i);
  const row = <usize>(call.n * 4), right = row / 2, below = <usize>half * row;
  const bias = call.bias + <usize>(j0 * 4), residual = call.residual, toResidual = residual - call.y;
  const floor = floorOf(call.relu);
  for (let r = 0; r < count; r++) {
    let to = rowOf(call.y, i + r, half, row) + <usize>(j0 * 4);
    let at = <usize>r * PRODUCT_ROW;
    for (let j: usize = 0; j < <usize>(width * 4); j += 16, at += 16, to += 16) {
      const left = v128.load(bias + j), b = v128.load(bias + j + right);
      let c11 = left, c12 = b, c21 = left, c22 = b;
      if (residual) {
        const from = to + toResidual;
        c11 = f32x4.add(c11, v128.load(from));
        c12 = f32x4.add(c12, v128.load(from + right));
        c21 = f32x4.add(c21, v128.load(from + below));
        c22 = f32x4.add(c22, v128.load(from + below + right));
      }
      const p0 = productOf(0, at), p1 = productOf(1, at), p2 = productOf(2, at), p3 = productOf(3, at);
      const p4 = productOf(4, at), p5 = productOf(5, at);
      // Sums of products first: they cancel, and the bias must not lose to them.
      c11 = f32x4.add(c11, f32x4.add(f32x4.add(f32x4.sub(p0, p3), p4), productOf(6, at)));
      c12 = f32x4.add(c12, f32x4.sub(p4, p2));
      c21 = f32x4.add(c21, f32x4.sub(p1, p3));
      c22 = f32x4.add(c22, f32x4.sub(f32x4.sub(f32x4.sub(p1, p0), p2), p5));
      v128.store(to, f32x4.pmax(floor, c11));
      v128.store(to + right, f32x4.pmax(floor, c12));
      v128.store(to + below, f32x4.pmax(floor, c21));
      v128.store(to + below + right, f32x4.pmax(floor, c22));
    }
  }
}
