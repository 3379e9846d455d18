import { dot } from "./dot";

/**
 * The tiles of gemm.ts: 6 rows x 8 columns in twelve accumulators, with two vectors of B and a spread word of A: all
 * fifteen vectors that V8 has. A word of A is spread by its load, which costs no instruction of the vector units, and two
 * steps of k share the loop's overhead: 95 % of what the dot instruction alone reaches, with or without checks of every
 * address. Five rows, so that sixes and fives make up any number, and for 16-bit integers, whose products want a register
 * of their own.
 */

/**
 * Integer sums to float results: one row, eight columns. `from` is where its residual lies, if there is any. Addresses go
 * from row to row by additions: what stands around the sums is a tenth of a short product's time.
 */
// @ts-ignore: decorator
@inline
function finish(
  c0: v128,
  c1: v128,
  s0: v128,
  s1: v128,
  d0: v128,
  d1: v128,
  rowScale: usize,
  to: usize,
  residual: usize,
  from: usize,
  floor: v128,
): void {
  const q = v128.load32_splat(rowScale);
  let y0 = f32x4.add(f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(c0), s0), q), d0);
  let y1 = f32x4.add(f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(c1), s1), q), d1);
  if (residual) {
    y0 = f32x4.add(y0, v128.load(from));
    y1 = f32x4.add(y1, v128.load(from, 16));
  }
  v128.store(to, f32x4.pmax(floor, y0));
  v128.store(to, f32x4.pmax(floor, y1), 16);
}

/** Rows i .. i + 5 (the last row stands in for what is past m) of one panel. */
// @ts-ignore: decorator
@inline
export function six<D>(
  a: usize,
  table: usize,
  i: i32,
  m: i32,
  b: usize,
  segments: i32,
  length: usize,
  skip: usize,
  c: usize,
  row: usize,
  scale: usize,
  bias: usize,
  rowScales: usize,
  residual: usize,
  floor: v128,
): void {
  const i1 = min(i + 1, m - 1);
  const i2 = min(i + 2, m - 1);
  const i3 = min(i + 3, m - 1);
  const i4 = min(i + 4, m - 1);
  const i5 = min(i + 5, m - 1);
  let p0 = a + load<u32>(table + <usize>i * 4);
  let p1 = a + load<u32>(table + <usize>i1 * 4);
  let p2 = a + load<u32>(table + <usize>i2 * 4);
  let p3 = a + load<u32>(table + <usize>i3 * 4);
  let p4 = a + load<u32>(table + <usize>i4 * 4);
  let p5 = a + load<u32>(table + <usize>i5 * 4);
  const zero = i32x4.splat(0);
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero, c40 = zero, c41 = zero, c50 = zero, c51 = zero;
  for (let g = 0; g < segments; g++) {
    for (const end = p0 + length; p0 < end; b += 64) {
      let b0 = v128.load(b), b1 = v128.load(b, 16), x: v128;
      x = v128.load32_splat(p0);
      c00 = dot<D>(b0, x, c00);
      c01 = dot<D>(b1, x, c01);
      x = v128.load32_splat(p1);
      c10 = dot<D>(b0, x, c10);
      c11 = dot<D>(b1, x, c11);
      x = v128.load32_splat(p2);
      c20 = dot<D>(b0, x, c20);
      c21 = dot<D>(b1, x, c21);
      x = v128.load32_splat(p3);
      c30 = dot<D>(b0, x, c30);
      c31 = dot<D>(b1, x, c31);
      x = v128.load32_splat(p4);
      c40 = dot<D>(b0, x, c40);
      c41 = dot<D>(b1, x, c41);
      x = v128.load32_splat(p5);
      c50 = dot<D>(b0, x, c50);
      c51 = dot<D>(b1, x, c51);
      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
      x = v128.load32_splat(p0, 4);
      c00 = dot<D>(b0, x, c00);
      c01 = dot<D>(b1, x, c01);
      x = v128.load32_splat(p1, 4);
      c10 = dot<D>(b0, x, c10);
      c11 = dot<D>(b1, x, c11);
      x = v128.load32_splat(p2, 4);
      c20 = dot<D>(b0, x, c20);
      c21 = dot<D>(b1, x, c21);
      x = v128.load32_splat(p3, 4);
      c30 = dot<D>(b0, x, c30);
      c31 = dot<D>(b1, x, c31);
      x = v128.load32_splat(p4, 4);
      c40 = dot<D>(b0, x, c40);
      c41 = dot<D>(b1, x, c41);
      x = v128.load32_splat(p5, 4);
      c50 = dot<D>(b0, x, c50);
      c51 = dot<D>(b1, x, c51);
      p0 += 8;
      p1 += 8;
      p2 += 8;
      p3 += 8;
      p4 += 8;
      p5 += 8;
    }
    p0 += skip;
    p1 += skip;
    p2 += skip;
    p3 += skip;
    p4 += skip;
    p5 += skip;
  }
  // A row that stands in for a missing one is not finished again: its residual may already be overwritten.
  const s0 = v128.load(scale), s1 = v128.load(scale, 16), d0 = v128.load(bias), d1 = v128.load(bias, 16);
  let q = rowScales + <usize>i * 4, to = c + <usize>i * row, from = residual + <usize>i * row;
  finish(c00, c01, s0, s1, d0, d1, q, to, residual, from, floor);
  if (i + 1 < m) {
    q += 4;
    to += row;
    from += row;
    finish(c10, c11, s0, s1, d0, d1, q, to, residual, from, floor);
  }
  if (i + 2 < m) {
    q += 4;
    to += row;
    from += row;
    finish(c20, c21, s0, s1, d0, d1, q, to, residual, from, floor);
  }
  if (i + 3 < m) {
    q += 4;
    to += row;
    from += row;
    finish(c30, c31, s0, s1, d0, d1, q, to, residual, from, floor);
  }
  if (i + 4 < m) {
    q += 4;
    to += row;
    from += row;
    finish(c40, c41, s0, s1, d0, d1, q, to, residual, from, floor);
  }
  if (i + 5 < m) {
    q += 4;
    to += row;
    from += row;
    finish(c50, c51, s0, s1, d0, d1, q, to, residual, from, floor);
  }
}

/** Rows i .. i + 4, likewise. */
// @ts-ignore: decorator
@inline
export function five<D>(
  a: usize,
  table: usize,
  i: i32,
  m: i32,
  b: usize,
  segments: i32,
  length: usize,
  skip: usize,
  c: usize,
  row: usize,
  scale: usize,
  bias: usize,
  rowScales: usize,
  residual: usize,
  floor: v128,
): void {
  const i1 = min(i + 1, m - 1);
  const i2 = min(i + 2, m - 1);
  const i3 = min(i + 3, m - 1);
  const i4 = min(i + 4, m - 1);
  let p0 = a + load<u32>(table + <usize>i * 4);
  let p1 = a + load<u32>(table + <usize>i1 * 4);
  let p2 = a + load<u32>(table + <usize>i2 * 4);
  let p3 = a + load<u32>(table + <usize>i3 * 4);
  let p4 = a + load<u32>(table + <usize>i4 * 4);
  const zero = i32x4.splat(0);
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero, c40 = zero, c41 = zero;
  for (let g = 0; g < segments; g++) {
    for (const end = p0 + length; p0 < end; b += 64) {
      let b0 = v128.load(b), b1 = v128.load(b, 16), x: v128;
      x = v128.load32_splat(p0);
      c00 = dot<D>(b0, x, c00);
      c01 = dot<D>(b1, x, c01);
      x = v128.load32_splat(p1);
      c10 = dot<D>(b0, x, c10);
      c11 = dot<D>(b1, x, c11);
      x = v128.load32_splat(p2);
      c20 = dot<D>(b0, x, c20);
      c21 = dot<D>(b1, x, c21);
      x = v128.load32_splat(p3);
      c30 = dot<D>(b0, x, c30);
      c31 = dot<D>(b1, x, c31);
      x = v128.load32_splat(p4);
      c40 = dot<D>(b0, x, c40);
      c41 = dot<D>(b1, x, c41);
      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
      x = v128.load32_splat(p0, 4);
      c00 = dot<D>(b0, x, c00);
      c01 = dot<D>(b1, x, c01);
      x = v128.load32_splat(p1, 4);
      c10 = dot<D>(b0, x, c10);
      c11 = dot<D>(b1, x, c11);
      x = v128.load32_splat(p2, 4);
      c20 = dot<D>(b0, x, c20);
      c21 = dot<D>(b1, x, c21);
      x = v128.load32_splat(p3, 4);
      c30 = dot<D>(b0, x, c30);
      c31 = dot<D>(b1, x, c31);
      x = v128.load32_splat(p4, 4);
      c40 = dot<D>(b0, x, c40);
      c41 = dot<D>(b1, x, c41);
      p0 += 8;
      p1 += 8;
      p2 += 8;
      p3 += 8;
      p4 += 8;
    }
    p0 += skip;
    p1 += skip;
    p2 += skip;
    p3 += skip;
    p4 += skip;
  }
  // A row that stands in for a missing one is not finished again: its residual may already be overwritten.
  const s0 = v128.load(scale), s1 = v128.load(scale, 16), d0 = v128.load(bias), d1 = v128.load(bias, 16);
  let q = rowScales + <usize>i * 4, to = c + <usize>i * row, from = residual + <usize>i * row;
  finish(c00, c01, s0, s1, d0, d1, q, to, residual, from, floor);
  if (i + 1 < m) {
    q += 4;
    to += row;
    from += row;
    finish(c10, c11, s0, s1, d0, d1, q, to, residual, from, floor);
  }
  if (i + 2 < m) {
    q += 4;
    to += row;
    from += row;
    finish(c20, c21, s0, s1, d0, d1, q, to, residual, from, floor);
  }
  if (i + 3 < m) {
    q += 4;
    to += row;
    from += row;
    finish(c30, c31, s0, s1, d0, d1, q, to, residual, from, floor);
  }
  if (i + 4 < m) {
    q += 4;
    to += row;
    from += row;
    finish(c40, c41, s0, s1, d0, d1, q, to, residual, from, floor);
  }
}
