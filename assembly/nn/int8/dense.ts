import { floorOf } from "../arith";
import { Direct, dot, hasDirectDot, Pairs, Plain, Words } from "./dot";
import { gemmInt8 } from "./gemm";

/**
 * A dense layer of quantised rows, x [rows][bytes]. One row is a kernel of its own: two panels of eight columns are two
 * streams from memory. More rows are gemmInt8, where a panel is used by all rows while it is in cache.
 */
export function denseInt8(
  x: usize,
  table: usize,
  rows: i32,
  weights: usize,
  n: i32,
  bytes: i32,
  y: usize,
  scale: usize,
  bias: usize,
  rowScales: usize,
  relu: i32,
  words: i32,
): void {
  if (rows > 1) gemmInt8(x, table, rows, weights, n, 1, bytes, 0, y, n * 4, scale, bias, rowScales, 0, relu, rows, words);
  else if (words) oneRow<Words>(x, weights, n, bytes, y, scale, bias, rowScales, relu);
  else if (!ASC_FEATURE_RELAXED_SIMD) oneRow<Plain>(x, weights, n, bytes, y, scale, bias, rowScales, relu);
  else if (hasDirectDot()) oneRow<Direct>(x, weights, n, bytes, y, scale, bias, rowScales, relu);
  else oneRow<Pairs>(x, weights, n, bytes, y, scale, bias, rowScales, relu);
}

function oneRow<D>(
  x: usize,
  weights: usize,
  n: i32,
  bytes: i32,
  y: usize,
  scale: usize,
  bias: usize,
  rowScale: usize,
  relu: i32,
): void {
  const panel = <usize>bytes * 8;
  const floor = floorOf(relu), q = v128.load32_splat(rowScale);
  for (const end = y + <usize>n * 4; y < end; y += 64, scale += 64, bias += 64, weights += 2 * panel) {
    let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
    let w = weights;
    for (let p = x, last = x + <usize>bytes; p < last; p += 4, w += 32) {
      const s = v128.load32_splat(p), v = w + panel;
      c0 = dot<D>(v128.load(w), s, c0);
      c1 = dot<D>(v128.load(w, 16), s, c1);
      c2 = dot<D>(v128.load(v), s, c2);
      c3 = dot<D>(v128.load(v, 16), s, c3);
    }
    finish(c0, q, scale, bias, y, floor);
    finish(c1, q, scale + 16, bias + 16, y + 16, floor);
    finish(c2, q, scale + 32, bias + 32, y + 32, floor);
    finish(c3, q, scale + 48, bias + 48, y + 48, floor);
  }
}

// @ts-ignore: decorator
@inline
function finish(sum: v128, q: v128, scale: usize, bias: usize, to: usize, floor: v128): void {
  const scaled = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(sum), v128.load(scale)), q);
  v128.store(to, f32x4.pmax(floor, f32x4.add(scaled, v128.load(bias))));
}
