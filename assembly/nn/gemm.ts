import { floorOf, Fused, madd, Strict } from "./arith";

/**
 * C = A B + bias (+ residual), then perhaps ReLU: the 1x1 convolutions, and the inner product of every other one.
 *
 * A is row-major and read where it lies; B comes in panels of 8 columns, [N/8][K][8].
 *
 * Blocking, from the registers outwards:
 * - 6 rows x 8 columns in twelve accumulators. Two FMA ports with a latency of four want at least eight chains, and V8
 *   keeps fifteen vectors: twelve accumulators, two of B and a number of A in all lanes. That number is loaded and
 *   spread by one instruction of the load ports, which leaves the others to the FMAs; eight loads for twelve FMAs are
 *   within what two load ports give. A shuffle instead would need a register for its source, and twelve would spill.
 *   This runs at the rate of FMAs without any memory.
 * - K is unrolled by four for CPUs that take six instructions a cycle: where bounds are checked explicitly (workerd),
 *   each load is two of them.
 * - six rows of K_BLOCK of A, 24 KB, stay in L1 or near it. A shorter block would fit better, but where few rows use the
 *   weights these come from memory, and faster in long pieces.
 * - a block of B of B_BLOCK bytes stays in L2 while all rows of A pass.
 * The rows that are left over after the sixes go in fours.
 */
const K_BLOCK: i32 = 1024;
const B_BLOCK: i32 = 768 * 1024;

/** How many rows a panel has is its type's size, four or more: so that one function serves both. */
type Four = u32;
type Six = u64;

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
  // 7 and 8 left rows are two fours; 5 are a six with its last row twice, 3 a four.
  const rest = m % 6;
  const sixes = rest == 0 || rest == 5 ? m : rest < 3 && m > 6 ? m - rest - 6 : m - rest;
  for (let j0 = 0; j0 < n; j0 += columns) {
    const j1 = min(n, j0 + columns);
    for (let k0 = 0; k0 < k; k0 += K_BLOCK) {
      const kc = min(K_BLOCK, k - k0);
      // The bias and the residual come in with the first block of K, so that the residual may lie where C goes.
      const first = k0 == 0;
      const floor = floorOf(k0 + kc >= k ? relu : 0);
      const from = a + <usize>(k0 * 4), panels = b + <usize>((j0 * k + k0 * 8) * 4);
      let i = 0;
      for (; i < sixes; i += 6) {
        panel<T, Six>(from, lda, panels, c, ldc, i, m, j0, j1, k, kc, bias, residual, first, floor);
      }
      for (; i < m; i += 4) {
        panel<T, Four>(from, lda, panels, c, ldc, i, m, j0, j1, k, kc, bias, residual, first, floor);
      }
    }
  }
}

/** Rows from `i` (the last row stands in for what is past m) against columns j0 .. j1. */
function panel<T, Rows>(
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
  const i1 = min(i + 1, m - 1), i2 = min(i + 2, m - 1), i3 = min(i + 3, m - 1);
  const i4 = min(i + 4, m - 1), i5 = min(i + 5, m - 1);
  const from0 = a + <usize>(i * lda), from1 = a + <usize>(i1 * lda), from2 = a + <usize>(i2 * lda);
  const from3 = a + <usize>(i3 * lda), from4 = a + <usize>(i4 * lda), from5 = a + <usize>(i5 * lda);
  c += <usize>(j0 * 4);
  let p0 = c + <usize>(i * ldc), p1 = c + <usize>(i1 * ldc), p2 = c + <usize>(i2 * ldc);
  let p3 = c + <usize>(i3 * ldc), p4 = c + <usize>(i4 * ldc), p5 = c + <usize>(i5 * ldc);
  const skip = <usize>((k - kc) * 32);
  const toResidual = residual + <usize>(j0 * 4) - c;
  bias += <usize>(j0 * 4);
  for (let j = j0; j < j1; j += 8) {
    let c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128, c30: v128, c31: v128;
    let c40 = f32x4.splat(0), c41 = c40, c50 = c40, c51 = c40;
    if (first) {
      c00 = c10 = c20 = c30 = v128.load(bias);
      c01 = c11 = c21 = c31 = v128.load(bias, 16);
      if (sizeof<Rows>() > 4) {
        c40 = c50 = c00;
        c41 = c51 = c01;
      }
      if (residual) {
        c00 = f32x4.add(c00, v128.load(p0 + toResidual));
        c01 = f32x4.add(c01, v128.load(p0 + toResidual, 16));
        c10 = f32x4.add(c10, v128.load(p1 + toResidual));
        c11 = f32x4.add(c11, v128.load(p1 + toResidual, 16));
        c20 = f32x4.add(c20, v128.load(p2 + toResidual));
        c21 = f32x4.add(c21, v128.load(p2 + toResidual, 16));
        c30 = f32x4.add(c30, v128.load(p3 + toResidual));
        c31 = f32x4.add(c31, v128.load(p3 + toResidual, 16));
        if (sizeof<Rows>() > 4) {
          c40 = f32x4.add(c40, v128.load(p4 + toResidual));
          c41 = f32x4.add(c41, v128.load(p4 + toResidual, 16));
          c50 = f32x4.add(c50, v128.load(p5 + toResidual));
          c51 = f32x4.add(c51, v128.load(p5 + toResidual, 16));
        }
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
      if (sizeof<Rows>() > 4) {
        c40 = v128.load(p4);
        c41 = v128.load(p4, 16);
        c50 = v128.load(p5);
        c51 = v128.load(p5, 16);
      }
    }
    let a0 = from0, a1 = from1, a2 = from2, a3 = from3, a4 = from4, a5 = from5;
    for (const end = b + <usize>(kc * 32); b < end; b += 128) {
      let b0 = v128.load(b), b1 = v128.load(b, 16), s: v128;
      s = v128.load32_splat(a0);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = v128.load32_splat(a1);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = v128.load32_splat(a2);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      s = v128.load32_splat(a3);
      c30 = madd<T>(s, b0, c30);
      c31 = madd<T>(s, b1, c31);
      if (sizeof<Rows>() > 4) {
        s = v128.load32_splat(a4);
        c40 = madd<T>(s, b0, c40);
        c41 = madd<T>(s, b1, c41);
        s = v128.load32_splat(a5);
        c50 = madd<T>(s, b0, c50);
        c51 = madd<T>(s, b1, c51);
      }
      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
      s = v128.load32_splat(a0, 4);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = v128.load32_splat(a1, 4);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = v128.load32_splat(a2, 4);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      s = v128.load32_splat(a3, 4);
      c30 = madd<T>(s, b0, c30);
      c31 = madd<T>(s, b1, c31);
      if (sizeof<Rows>() > 4) {
        s = v128.load32_splat(a4, 4);
        c40 = madd<T>(s, b0, c40);
        c41 = madd<T>(s, b1, c41);
        s = v128.load32_splat(a5, 4);
        c50 = madd<T>(s, b0, c50);
        c51 = madd<T>(s, b1, c51);
      }
      b0 = v128.load(b, 64);
      b1 = v128.load(b, 80);
      s = v128.load32_splat(a0, 8);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = v128.load32_splat(a1, 8);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = v128.load32_splat(a2, 8);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      s = v128.load32_splat(a3, 8);
      c30 = madd<T>(s, b0, c30);
      c31 = madd<T>(s, b1, c31);
      if (sizeof<Rows>() > 4) {
        s = v128.load32_splat(a4, 8);
        c40 = madd<T>(s, b0, c40);
        c41 = madd<T>(s, b1, c41);
        s = v128.load32_splat(a5, 8);
        c50 = madd<T>(s, b0, c50);
        c51 = madd<T>(s, b1, c51);
      }
      b0 = v128.load(b, 96);
      b1 = v128.load(b, 112);
      s = v128.load32_splat(a0, 12);
      c00 = madd<T>(s, b0, c00);
      c01 = madd<T>(s, b1, c01);
      s = v128.load32_splat(a1, 12);
      c10 = madd<T>(s, b0, c10);
      c11 = madd<T>(s, b1, c11);
      s = v128.load32_splat(a2, 12);
      c20 = madd<T>(s, b0, c20);
      c21 = madd<T>(s, b1, c21);
      s = v128.load32_splat(a3, 12);
      c30 = madd<T>(s, b0, c30);
      c31 = madd<T>(s, b1, c31);
      if (sizeof<Rows>() > 4) {
        s = v128.load32_splat(a4, 12);
        c40 = madd<T>(s, b0, c40);
        c41 = madd<T>(s, b1, c41);
        s = v128.load32_splat(a5, 12);
        c50 = madd<T>(s, b0, c50);
        c51 = madd<T>(s, b1, c51);
      }
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      if (sizeof<Rows>() > 4) {
        a4 += 16;
        a5 += 16;
      }
    }
    b += skip;
    v128.store(p0, f32x4.pmax(floor, c00));
    v128.store(p0, f32x4.pmax(floor, c01), 16);
    p0 += 32;
    v128.store(p1, f32x4.pmax(floor, c10));
    v128.store(p1, f32x4.pmax(floor, c11), 16);
    p1 += 32;
    v128.store(p2, f32x4.pmax(floor, c20));
    v128.store(p2, f32x4.pmax(floor, c21), 16);
    p2 += 32;
    v128.store(p3, f32x4.pmax(floor, c30));
    v128.store(p3, f32x4.pmax(floor, c31), 16);
    p3 += 32;
    if (sizeof<Rows>() > 4) {
      v128.store(p4, f32x4.pmax(floor, c40));
      v128.store(p4, f32x4.pmax(floor, c41), 16);
      p4 += 32;
      v128.store(p5, f32x4.pmax(floor, c50));
      v128.store(p5, f32x4.pmax(floor, c51), 16);
      p5 += 32;
    }
    bias += 32;
  }
}

export function gemm(a: usize, lda: i32, b: usize, c: usize, ldc: i32, m: i32, n: i32, k: i32, bias: usize, residual: usize, relu: i32): void {
  gemmOf<Fused>(a, lda, b, c, ldc, m, n, k, bias, residual, relu);
}

export function gemmStrict(a: usize, lda: i32, b: usize, c: usize, ldc: i32, m: i32, n: i32, k: i32, bias: usize, residual: usize, relu: i32): void {
  gemmOf<Strict>(a, lda, b, c, ldc, m, n, k, bias, residual, relu);
}
