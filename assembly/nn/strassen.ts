import { floorOf, Fused, madd } from "./arith";
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
 * x [batch][rows][k] and y [batch][rows][n]; rows even, k a multiple of 16 and at most 2048, n a multiple of 16.
 *
 * @param weights   B's four quarters in the basis above, each [n / 16][k / 2][8]
 * @param residual  has y's layout and may be y itself; or 0
 */
export function strassen(
  x: usize,
  weights: usize,
  bias: usize,
  residual: usize,
  y: usize,
  batch: i32,
  rows: i32,
  n: i32,
  k: i32,
  relu: i32,
): void {
  const halfK = k / 2, halfN = n / 2, half = rows / 2, pairs = batch * half;
  const columns = min(min(halfN, MOST_COLUMNS), max(8, (B_BLOCK / (k * 8)) & -8));
  // From a pixel of the upper half to the other three quarters of A and of C.
  const a12 = <usize>(halfK * 4), a21 = <usize>(half * k * 4), a22 = a21 + a12;
  for (let j0 = 0; j0 < halfN; j0 += columns) {
    const width = min(columns, halfN - j0);
    const quarter = <usize>(halfK * halfN * 4);
    const minus22 = weights + <usize>(j0 * halfK * 4), b11 = minus22 + quarter;
    const minus21 = b11 + quarter, minus12 = minus21 + quarter;
    for (let i = 0; i < pairs; i += 6) {
      const count = min(6, pairs - i);
      sum(x, i, count, half, k, 0, a22, 1);
      multiply<One>(minus22, 0, halfK, width, 0);
      sum(x, i, count, half, k, a21, a22, 1);
      multiply<One>(b11, 0, halfK, width, 1);
      sum(x, i, count, half, k, 0, 0, 0);
      multiply<Two>(minus12, minus22, halfK, width, 2);
      sum(x, i, count, half, k, a22, 0, 0);
      multiply<One>(minus21, 0, halfK, width, 3);
      sum(x, i, count, half, k, 0, a12, 1);
      multiply<Two>(b11, minus22, halfK, width, 4);
      sum(x, i, count, half, k, a21, 0, -1);
      multiply<One>(minus12, 0, halfK, width, 5);
      sum(x, i, count, half, k, a12, a22, -1);
      multiply<Two>(minus22, minus21, halfK, width, 6);
      combine(bias, residual, y, i, count, half, n, j0, width, floorOf(relu));
    }
  }
}

/** SUMS [6][k / 2] = first + sign * second of the pairs of rows from `i`, both given by their distance from A11. */
function sum(x: usize, i: i32, count: i32, half: i32, k: i32, first: usize, second: usize, sign: f32): void {
  const factor = f32x4.splat(sign), row = <usize>(k * 4);
  let to: usize = SUMS;
  for (let r = 0; r < count; r++) {
    let p = rowOf(x, i + r, half, row) + first;
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
    let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
    let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
    let c40 = f32x4.splat(0), c41 = f32x4.splat(0);
    let c50 = f32x4.splat(0), c51 = f32x4.splat(0);
    let a0: usize = SUMS, a1 = a0 + row, a2 = a1 + row, a3 = a2 + row, a4 = a3 + row, a5 = a4 + row;
    for (const end = b + row * 8; b < end; b += 128) {
      let b0: v128, b1: v128, s: v128;
      if (isFloat<B>()) {
        b0 = f32x4.sub(v128.load(b), v128.load(b + other));
        c00 = madd<Fused>(b0, v128.load32_splat(a0), c00);
        b1 = f32x4.sub(v128.load(b, 16), v128.load(b + other, 16));
        c01 = madd<Fused>(b1, f32x4.splat(load<f32>(a0)), c01);
      } else {
        b0 = v128.load(b);
        b1 = v128.load(b, 16);
        s = v128.load32_splat(a0);
        c00 = madd<Fused>(s, b0, c00);
        c01 = madd<Fused>(s, b1, c01);
      }
      s = v128.load32_splat(a1);
      c10 = madd<Fused>(s, b0, c10);
      c11 = madd<Fused>(s, b1, c11);
      s = v128.load32_splat(a2);
      c20 = madd<Fused>(s, b0, c20);
      c21 = madd<Fused>(s, b1, c21);
      s = v128.load32_splat(a3);
      c30 = madd<Fused>(s, b0, c30);
      c31 = madd<Fused>(s, b1, c31);
      s = v128.load32_splat(a4);
      c40 = madd<Fused>(s, b0, c40);
      c41 = madd<Fused>(s, b1, c41);
      s = v128.load32_splat(a5);
      c50 = madd<Fused>(s, b0, c50);
      c51 = madd<Fused>(s, b1, c51);
      if (isFloat<B>()) {
        b0 = f32x4.sub(v128.load(b, 32), v128.load(b + other, 32));
        c00 = madd<Fused>(b0, v128.load32_splat(a0, 4), c00);
        b1 = f32x4.sub(v128.load(b, 48), v128.load(b + other, 48));
        c01 = madd<Fused>(b1, f32x4.splat(load<f32>(a0, 4)), c01);
      } else {
        b0 = v128.load(b, 32);
        b1 = v128.load(b, 48);
        s = v128.load32_splat(a0, 4);
        c00 = madd<Fused>(s, b0, c00);
        c01 = madd<Fused>(s, b1, c01);
      }
      s = v128.load32_splat(a1, 4);
      c10 = madd<Fused>(s, b0, c10);
      c11 = madd<Fused>(s, b1, c11);
      s = v128.load32_splat(a2, 4);
      c20 = madd<Fused>(s, b0, c20);
      c21 = madd<Fused>(s, b1, c21);
      s = v128.load32_splat(a3, 4);
      c30 = madd<Fused>(s, b0, c30);
      c31 = madd<Fused>(s, b1, c31);
      s = v128.load32_splat(a4, 4);
      c40 = madd<Fused>(s, b0, c40);
      c41 = madd<Fused>(s, b1, c41);
      s = v128.load32_splat(a5, 4);
      c50 = madd<Fused>(s, b0, c50);
      c51 = madd<Fused>(s, b1, c51);
      if (isFloat<B>()) {
        b0 = f32x4.sub(v128.load(b, 64), v128.load(b + other, 64));
        c00 = madd<Fused>(b0, v128.load32_splat(a0, 8), c00);
        b1 = f32x4.sub(v128.load(b, 80), v128.load(b + other, 80));
        c01 = madd<Fused>(b1, f32x4.splat(load<f32>(a0, 8)), c01);
      } else {
        b0 = v128.load(b, 64);
        b1 = v128.load(b, 80);
        s = v128.load32_splat(a0, 8);
        c00 = madd<Fused>(s, b0, c00);
        c01 = madd<Fused>(s, b1, c01);
      }
      s = v128.load32_splat(a1, 8);
      c10 = madd<Fused>(s, b0, c10);
      c11 = madd<Fused>(s, b1, c11);
      s = v128.load32_splat(a2, 8);
      c20 = madd<Fused>(s, b0, c20);
      c21 = madd<Fused>(s, b1, c21);
      s = v128.load32_splat(a3, 8);
      c30 = madd<Fused>(s, b0, c30);
      c31 = madd<Fused>(s, b1, c31);
      s = v128.load32_splat(a4, 8);
      c40 = madd<Fused>(s, b0, c40);
      c41 = madd<Fused>(s, b1, c41);
      s = v128.load32_splat(a5, 8);
      c50 = madd<Fused>(s, b0, c50);
      c51 = madd<Fused>(s, b1, c51);
      if (isFloat<B>()) {
        b0 = f32x4.sub(v128.load(b, 96), v128.load(b + other, 96));
        c00 = madd<Fused>(b0, v128.load32_splat(a0, 12), c00);
        b1 = f32x4.sub(v128.load(b, 112), v128.load(b + other, 112));
        c01 = madd<Fused>(b1, f32x4.splat(load<f32>(a0, 12)), c01);
      } else {
        b0 = v128.load(b, 96);
        b1 = v128.load(b, 112);
        s = v128.load32_splat(a0, 12);
        c00 = madd<Fused>(s, b0, c00);
        c01 = madd<Fused>(s, b1, c01);
      }
      s = v128.load32_splat(a1, 12);
      c10 = madd<Fused>(s, b0, c10);
      c11 = madd<Fused>(s, b1, c11);
      s = v128.load32_splat(a2, 12);
      c20 = madd<Fused>(s, b0, c20);
      c21 = madd<Fused>(s, b1, c21);
      s = v128.load32_splat(a3, 12);
      c30 = madd<Fused>(s, b0, c30);
      c31 = madd<Fused>(s, b1, c31);
      s = v128.load32_splat(a4, 12);
      c40 = madd<Fused>(s, b0, c40);
      c41 = madd<Fused>(s, b1, c41);
      s = v128.load32_splat(a5, 12);
      c50 = madd<Fused>(s, b0, c50);
      c51 = madd<Fused>(s, b1, c51);
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      a4 += 16;
      a5 += 16;
    }
    v128.store(to, c00);
    v128.store(to, c01, 16);
    v128.store(to, c10, 1 * PRODUCT_ROW);
    v128.store(to, c11, 1 * PRODUCT_ROW + 16);
    v128.store(to, c20, 2 * PRODUCT_ROW);
    v128.store(to, c21, 2 * PRODUCT_ROW + 16);
    v128.store(to, c30, 3 * PRODUCT_ROW);
    v128.store(to, c31, 3 * PRODUCT_ROW + 16);
    v128.store(to, c40, 4 * PRODUCT_ROW);
    v128.store(to, c41, 4 * PRODUCT_ROW + 16);
    v128.store(to, c50, 5 * PRODUCT_ROW);
    v128.store(to, c51, 5 * PRODUCT_ROW + 16);
    to += 32;
  }
}

// @ts-ignore: decorator
@inline
function productOf(which: usize, at: usize): v128 {
  return v128.load(PRODUCTS + which * PRODUCT + at);
}

/** The four quarters of C of `count` pairs of rows and `width` columns. */
function combine(
  bias: usize,
  residual: usize,
  y: usize,
  i: i32,
  count: i32,
  half: i32,
  n: i32,
  j0: i32,
  width: i32,
  floor: v128,
): void {
  const row = <usize>(n * 4), right = <usize>(n * 2), below = <usize>half * row, toResidual = residual - y;
  bias += <usize>(j0 * 4);
  for (let r = 0; r < count; r++) {
    let to = rowOf(y, i + r, half, row) + <usize>(j0 * 4);
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
