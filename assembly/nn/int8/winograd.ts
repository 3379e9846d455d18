import { outputTiles2 } from "../winograd2";
import { gemmMixed } from "./gemm";

/**
 * Winograd F(2x2,3x3) with integers: a convolution of nine products a pixel becomes one of four. The input transform
 * only adds, so it is exact in 16 bits (maps of 0 .. 4095 give sums within +-16380); the transformed weights are bytes
 * with a scale for each position and column; the products are floats, and the output transform is the float one, which
 * fuses nothing. Faster than bytes taken directly even where those are one instruction, and more exact, because the
 * activations have twelve bits instead of seven.
 *
 * @param x        quantised frame, [batch][height + 2][width + 2][k] 16-bit
 * @param scales   of the frame's windows, once for each tile of the batch
 * @param weights  [16][n / 8][k / 2][8][2], and their scales [16][n]
 * @param table    offsets of `block` tiles in v: tile * 16 * (2 k + 64)
 * @param v, p     scratch of `block` tiles: 16 (k + 32) 16-bit and 16 (n + 16) 32-bit numbers each
 */
export function winogradInt8(
  x: usize,
  scales: usize,
  weights: usize,
  weightScales: usize,
  bias: usize,
  y: usize,
  batch: i32,
  height: i32,
  width: i32,
  k: i32,
  n: i32,
  relu: i32,
  pool: i32,
  zeros: usize,
  table: usize,
  v: usize,
  p: usize,
  block: i32,
): void {
  const vStep = k * 2 + 64, pStep = n * 4 + 64;
  const tiles = batch * (height / 2) * (width / 2);
  for (let t0 = 0; t0 < tiles; t0 += block) {
    const t1 = min(tiles, t0 + block);
    inputTiles(x, v, height, width, k, t0, t1);
    for (let at = 0; at < 16; at++) {
      const from = v + <usize>(at * vStep), to = p + <usize>(at * pStep);
      const w = weights + <usize>(at * k) * <usize>n, s = weightScales + <usize>(at * n * 4);
      gemmMixed(from, table, t1 - t0, w, n, k * 2, to, 16 * pStep, s, zeros, scales + <usize>t0 * 4);
    }
    outputTiles2(p, y, height, width, n, t0, t1, bias, relu, pool);
  }
}

/** One row of (B^T d) B. */
// @ts-ignore: decorator
@inline
function row(d0: v128, d1: v128, d2: v128, d3: v128, to: usize, step: usize): void {
  v128.store(to, i16x8.sub(d0, d2));
  v128.store(to + step, i16x8.add(d1, d2));
  v128.store(to + 2 * step, i16x8.sub(d2, d1));
  v128.store(to + 3 * step, i16x8.sub(d1, d3));
}

/** B^T d B of tiles t0 .. t1 to v [tile][16][channels + 32]. The frame's border serves what lies outside. */
function inputTiles(x: usize, v: usize, height: i32, width: i32, channels: i32, t0: i32, t1: i32): void {
  const pixel = <usize>channels * 2, step = pixel + 64, line = <usize>(width + 2) * pixel;
  const across = width / 2, area = across * (height / 2);
  for (let t = t0; t < t1; t++) {
    const image = t / area, inImage = t % area;
    const top = image * (height + 2) + (inImage / across) * 2, left = (inImage % across) * 2;
    let p = x + <usize>top * line + <usize>left * pixel;
    let to = v + <usize>(t - t0) * step * 16;
    for (const end = p + pixel; p < end; p += 16, to += 16) {
      const q1 = p + line, q2 = q1 + line, q3 = q2 + line;
      const a0 = v128.load(p), a1 = v128.load(p + pixel), a2 = v128.load(p + 2 * pixel), a3 = v128.load(p + 3 * pixel);
      const c0 = v128.load(q2), c1 = v128.load(q2 + pixel), c2 = v128.load(q2 + 2 * pixel), c3 = v128.load(q2 + 3 * pixel);
      row(i16x8.sub(a0, c0), i16x8.sub(a1, c1), i16x8.sub(a2, c2), i16x8.sub(a3, c3), to, step);
      const b0 = v128.load(q1), b1 = v128.load(q1 + pixel), b2 = v128.load(q1 + 2 * pixel), b3 = v128.load(q1 + 3 * pixel);
      row(i16x8.add(b0, c0), i16x8.add(b1, c1), i16x8.add(b2, c2), i16x8.add(b3, c3), to + 4 * step, step);
      row(i16x8.sub(c0, b0), i16x8.sub(c1, b1), i16x8.sub(c2, b2), i16x8.sub(c3, b3), to + 8 * step, step);
      const d0 = v128.load(q3), d1 = v128.load(q3 + pixel), d2 = v128.load(q3 + 2 * pixel), d3 = v128.load(q3 + 3 * pixel);
      row(i16x8.sub(b0, d0), i16x8.sub(b1, d1), i16x8.sub(b2, d2), i16x8.sub(b3, d3), to + 12 * step, step);
    }
  }
}
