import { lane0, lane1, lane2, lane3, madd, floorOf, zipLow, zipHigh, lowHalves, highHalves, Fused, Strict } from "./arith";
import { PANEL } from "./scratch";

/**
 * C = A B + bias (+ residual), then perhaps ReLU: the 1x1 convolutions, and the inner product of every other one.
 *
 * A is row-major; B comes in panels of 8 columns, [N/8][K][8].
 *
 * Blocking, from the registers outwards:
 * - 5 rows x 8 columns in ten accumulators. Two FMA ports with a latency of four want at least eight chains, and V8
 *   keeps fifteen vectors: ten accumulators, two of B, a spread lane of A and its source fit; twelve spill.
 * - K is unrolled by four, so that one vector of A serves four steps; its lanes are spread by a shuffle (one
 *   instruction) instead of a load each.
 * - a panel of five rows and K_BLOCK of K is packed to a constant address: 10 KB of L1, no bounds checks.
 * - a block of B of B_BLOCK bytes stays in L2 while all rows of A pass.
 */
const K_BLOCK: i32 = 512;
const B_BLOCK: i32 = 768 * 1024;

/**
 * @param lda, ldc  bytes from row to row; `residual` has C's layout and may be C itself
 * @param k         a multiple of 4; n a multiple of 8; the bias has n numbers
 */
function gemmOf<T>(
  a: usize,
  lda: i32,
  b: usize,
  c: usize,
  ldc: i32,
  m: i32,
  n: i32,
  k: i32,
  bias: usize,
  residual: usize,
  relu: i32,
): void {
  const columns = max(8, (B_BLOCK / (min(K_BLOCK, k) * 4)) & -8);
  // Remainders of 1 and 3 rows are cheaper in threes; of 4 in a five with its last row twice.
  const rest = m % 5;
  const fives = rest == 4 ? m : rest == 1 && m > 5 ? m - 6 : m - rest;
  for (let j0 = 0; j0 < n; j0 += columns) {
    const j1 = min(n, j0 + columns);
    for (let k0 = 0; k0 < k; k0 += K_BLOCK) {
      const kc = min(K_BLOCK, k - k0);
      // The bias and the residual come in with the first block of K, so that the residual may lie where C goes.
      const first = k0 == 0;
      const last = floorOf(k0 + kc >= k ? relu : 0);
      let i = 0;
      for (; i < fives; i += 5) {
        pack5(a + <usize>(k0 * 4), lda, i, m, kc);
        panel5<T>(b + <usize>((j0 * k + k0 * 8) * 4), c, ldc, i, m, j0, j1, k, kc, bias, residual, first, last);
      }
      for (; i < m; i += 3) {
        panel3<T>(a + <usize>(k0 * 4), lda, b + <usize>((j0 * k + k0 * 8) * 4), c, ldc, i, m, j0, j1, k, kc, bias, residual, first, last);
      }
    }
  }
}

/** Five rows from `i` (the last row stands in for what is past m) as [k/4]{4 vectors [r0 r1 r2 r3], [r4 of 4 k]}. */
function pack5(a: usize, lda: i32, i: i32, m: i32, kc: i32): void {
  let a0 = a + <usize>(i * lda);
  let a1 = a + <usize>(min(i + 1, m - 1) * lda);
  let a2 = a + <usize>(min(i + 2, m - 1) * lda);
  let a3 = a + <usize>(min(i + 3, m - 1) * lda);
  let a4 = a + <usize>(min(i + 4, m - 1) * lda);
  let to: usize = PANEL;
  for (const end = a0 + <usize>(kc * 4); a0 < end; a0 += 16) {
    const x0 = v128.load(a0), x1 = v128.load(a1), x2 = v128.load(a2), x3 = v128.load(a3);
    const t0 = zipLow(x0, x1), t1 = zipLow(x2, x3), t2 = zipHigh(x0, x1), t3 = zipHigh(x2, x3);
    v128.store(to, lowHalves(t0, t1));
    v128.store(to, highHalves(t0, t1), 16);
    v128.store(to, lowHalves(t2, t3), 32);
    v128.store(to, highHalves(t2, t3), 48);
    v128.store(to, v128.load(a4), 64);
    a1 += 16;
    a2 += 16;
    a3 += 16;
    a4 += 16;
    to += 80;
  }
}

/** The packed five rows against columns j0 .. j1. */
function panel5<T>(
  b: usize,
  c: usize,
  ldc: i32,
  i: i32,
  m: i32,
  j0: i32,
  j1: i32,
  k: i32,
  kc: i32,
  bias: usize,
  residual: usize,
  first: bool,
  floor: v128,
): void {
  let p0 = c + <usize>(i * ldc + j0 * 4);
  let p1 = c + <usize>(min(i + 1, m - 1) * ldc + j0 * 4);
  let p2 = c + <usize>(min(i + 2, m - 1) * ldc + j0 * 4);
  let p3 = c + <usize>(min(i + 3, m - 1) * ldc + j0 * 4);
  let p4 = c + <usize>(min(i + 4, m - 1) * ldc + j0 * 4);
  const skip = <usize>((k - kc) * 32);
  const toResidual = residual - c;
  for (let j = j0; j < j1; j += 8) {
    let c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128, c30: v128, c31: v128, c40: v128, c41: v128;
    if (first) {
      const b0 = v128.load(bias + <usize>(j * 4));
      const b1 = v128.load(bias + <usize>(j * 4), 16);
      c00 = c10 = c20 = c30 = c40 = b0;
      c01 = c11 = c21 = c31 = c41 = b1;
      if (residual) {
        c00 = f32x4.add(c00, v128.load(p0 + toResidual));
        c01 = f32x4.add(c01, v128.load(p0 + toResidual, 16));
        c10 = f32x4.add(c10, v128.load(p1 + toResidual));
        c11 = f32x4.add(c11, v128.load(p1 + toResidual, 16));
        c20 = f32x4.add(c20, v128.load(p2 + toResidual));
        c21 = f32x4.add(c21, v128.load(p2 + toResidual, 16));
        c30 = f32x4.add(c30, v128.load(p3 + toResidual));
        c31 = f32x4.add(c31, v128.load(p3 + toResidual, 16));
        c40 = f32x4.add(c40, v128.load(p4 + toResidual));
        c41 = f32x4.add(c41, v128.load(p4 + toResidual, 16));
      }
    } else {
      c00 = v128.load(p0);
      c01 = v128.load(p0, 16);
      c10 = v128.load(p1);
      c11 = v128.load(p1, 16);
      c20 = v128.load(p2);
      c21 = v128.load(p2, 16);
      c30 = v128.load(p3);
      c31 = v128.load(p3, 16);
      c40 = v128.load(p4);
      c41 = v128.load(p4, 16);
    }
    let ap: usize = PANEL;
    for (const end = b + <usize>(kc * 32); b < end; b += 128) {
      const x4 = v128.load(ap, 64);
      let s: v128;
      let b0 = v128.load(b);
      let b1 = v128.load(b, 16);
      let y = v128.load(ap);
      s = lane0(y);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = lane1(y);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = lane2(y);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      s = lane3(y);
      c30 = madd<T>(s, b0, c30);
      c31 = madd<T>(s, b1, c31);
      s = lane0(x4);
      c40 = madd<T>(s, b0, c40);
      c41 = madd<T>(s, b1, c41);
      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
      y = v128.load(ap, 16);
      s = lane0(y);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = lane1(y);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = lane2(y);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      s = lane3(y);
      c30 = madd<T>(s, b0, c30);
      c31 = madd<T>(s, b1, c31);
      s = lane1(x4);
      c40 = madd<T>(s, b0, c40);
      c41 = madd<T>(s, b1, c41);
      b0 = v128.load(b, 64);
      b1 = v128.load(b, 80);
      y = v128.load(ap, 32);
      s = lane0(y);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = lane1(y);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = lane2(y);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      s = lane3(y);
      c30 = madd<T>(s, b0, c30);
      c31 = madd<T>(s, b1, c31);
      s = lane2(x4);
      c40 = madd<T>(s, b0, c40);
      c41 = madd<T>(s, b1, c41);
      b0 = v128.load(b, 96);
      b1 = v128.load(b, 112);
      y = v128.load(ap, 48);
      s = lane0(y);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = lane1(y);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = lane2(y);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      s = lane3(y);
      c30 = madd<T>(s, b0, c30);
      c31 = madd<T>(s, b1, c31);
      s = lane3(x4);
      c40 = madd<T>(s, b0, c40);
      c41 = madd<T>(s, b1, c41);
      ap += 80;
    }
    b += skip;
    v128.store(p0, f32x4.pmax(floor, c00));
    v128.store(p0, f32x4.pmax(floor, c01), 16);
    v128.store(p1, f32x4.pmax(floor, c10));
    v128.store(p1, f32x4.pmax(floor, c11), 16);
    v128.store(p2, f32x4.pmax(floor, c20));
    v128.store(p2, f32x4.pmax(floor, c21), 16);
    v128.store(p3, f32x4.pmax(floor, c30));
    v128.store(p3, f32x4.pmax(floor, c31), 16);
    v128.store(p4, f32x4.pmax(floor, c40));
    v128.store(p4, f32x4.pmax(floor, c41), 16);
    p0 += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
    p4 += 32;
  }
}

/** Three rows from `i`, read where they lie, against columns j0 .. j1: the remainder of the fives. */
function panel3<T>(
  a: usize,
  lda: i32,
  b: usize,
  c: usize,
  ldc: i32,
  i: i32,
  m: i32,
  j0: i32,
  j1: i32,
  k: i32,
  kc: i32,
  bias: usize,
  residual: usize,
  first: bool,
  floor: v128,
): void {
  const i1 = min(i + 1, m - 1), i2 = min(i + 2, m - 1);
  const a0 = a + <usize>(i * lda);
  const to1 = <usize>((i1 - i) * lda), to2 = <usize>((i2 - i) * lda);
  let p0 = c + <usize>(i * ldc + j0 * 4);
  let p1 = c + <usize>(i1 * ldc + j0 * 4);
  let p2 = c + <usize>(i2 * ldc + j0 * 4);
  const skip = <usize>((k - kc) * 32);
  const toResidual = residual - c;
  for (let j = j0; j < j1; j += 8) {
    let c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128;
    if (first) {
      c00 = c10 = c20 = v128.load(bias + <usize>(j * 4));
      c01 = c11 = c21 = v128.load(bias + <usize>(j * 4), 16);
      if (residual) {
        c00 = f32x4.add(c00, v128.load(p0 + toResidual));
        c01 = f32x4.add(c01, v128.load(p0 + toResidual, 16));
        c10 = f32x4.add(c10, v128.load(p1 + toResidual));
        c11 = f32x4.add(c11, v128.load(p1 + toResidual, 16));
        c20 = f32x4.add(c20, v128.load(p2 + toResidual));
        c21 = f32x4.add(c21, v128.load(p2 + toResidual, 16));
      }
    } else {
      c00 = v128.load(p0);
      c01 = v128.load(p0, 16);
      c10 = v128.load(p1);
      c11 = v128.load(p1, 16);
      c20 = v128.load(p2);
      c21 = v128.load(p2, 16);
    }
    let ap = a0;
    for (const end = a0 + <usize>(kc * 4); ap < end; ap += 16) {
      const x0 = v128.load(ap), x1 = v128.load(ap + to1), x2 = v128.load(ap + to2);
      let b0 = v128.load(b), b1 = v128.load(b, 16), s = lane0(x0);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = lane0(x1);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = lane0(x2);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
      s = lane1(x0);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = lane1(x1);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = lane1(x2);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      b0 = v128.load(b, 64);
      b1 = v128.load(b, 80);
      s = lane2(x0);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = lane2(x1);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = lane2(x2);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      b0 = v128.load(b, 96);
      b1 = v128.load(b, 112);
      s = lane3(x0);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = lane3(x1);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = lane3(x2);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      b += 128;
    }
    b += skip;
    v128.store(p0, f32x4.pmax(floor, c00));
    v128.store(p0, f32x4.pmax(floor, c01), 16);
    v128.store(p1, f32x4.pmax(floor, c10));
    v128.store(p1, f32x4.pmax(floor, c11), 16);
    v128.store(p2, f32x4.pmax(floor, c20));
    v128.store(p2, f32x4.pmax(floor, c21), 16);
    p0 += 32;
    p1 += 32;
    p2 += 32;
  }
}

export function gemm(a: usize, lda: i32, b: usize, c: usize, ldc: i32, m: i32, n: i32, k: i32, bias: usize, residual: usize, relu: i32): void {
  gemmOf<Fused>(a, lda, b, c, ldc, m, n, k, bias, residual, relu);
}

export function gemmStrict(a: usize, lda: i32, b: usize, c: usize, ldc: i32, m: i32, n: i32, k: i32, bias: usize, residual: usize, relu: i32): void {
  gemmOf<Strict>(a, lda, b, c, ldc, m, n, k, bias, residual, relu);
}
