import { floorOf } from "../arith";
import { Direct, dot, hasDirectDot, Pairs, Plain } from "./dot";
import { gemmInt8 } from "./gemm";

/**
 * A dense layer of quantised rows, x [rows][bytes]. One row is a kernel of its own, as fast as its weights come from
 * memory: four panels of eight columns are four streams. More rows are gemmInt8, where a panel is used by all rows while
 * it is in cache.
 *
 * @param n  a multiple of 16
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
): void {
  if (rows > 1) gemmInt8(x, table, rows, weights, n, 1, bytes, 0, y, n * 4, scale, bias, rowScales, 0, relu, rows, 0);
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
  const panel = <usize>bytes * 8, last = x + <usize>bytes;
  const floor = floorOf(relu), q = v128.load32_splat(rowScale);
  const end = y + <usize>n * 4, zero = i32x4.splat(0);
  for (; y + 128 <= end; y += 128, scale += 128, bias += 128, weights += 4 * panel) {
    let c0 = zero, c1 = zero, c2 = zero, c3 = zero, c4 = zero, c5 = zero, c6 = zero, c7 = zero;
    let w = weights;
    for (let p = x; p < last; p += 4, w += 32) {
      const s = v128.load32_splat(p), w1 = w + panel, w2 = w1 + panel, w3 = w2 + panel;
      c0 = dot<D>(v128.load(w), s, c0);
      c1 = dot<D>(v128.load(w, 16), s, c1);
      c2 = dot<D>(v128.load(w1), s, c2);
      c3 = dot<D>(v128.load(w1, 16), s, c3);
      c4 = dot<D>(v128.load(w2), s, c4);
      c5 = dot<D>(v128.load(w2, 16), s, c5);
      c6 = dot<D>(v128.load(w3), s, c6);
      c7 = dot<D>(v128.load(w3, 16), s, c7);
    }
    finish(c0, q, scale, bias, y, floor);
    finish(c1, q, scale + 16, bias + 16, y + 16, floor);
    finish(c2, q, scale + 32, bias + 32, y + 32, floor);
    finish(c3, q, scale + 48, bias + 48, y + 48, floor);
    finish(c4, q, scale + 64, bias + 64, y + 64, floor);
    finish(c5, q, scale + 80, bias + 80, y + 80, floor);
    finish(c6, q, scale + 96, bias + 96, y + 96, floor);
    finish(c7, q, scale + 112, bias + 112, y + 112, floor);
  }
  for (; y < end; y += 32, scale += 32, bias += 32, weights += panel) {
    let c0 = zero, c1 = zero, w = weights;
    for (let p = x; p < last; p += 4, w += 32) {
      const s = v128.load32_splat(p);
      c0 = dot<D>(v128.load(w), s, c0);
      c1 = dot<D>(v128.load(w, 16), s, c1);
    }
    finish(c0, q, scale, bias, y, floor);
    finish(c1, q, scale + 16, bias + 16, y + 16, floor);
  }
}

// @ts-ignore: decorator
@inline
function finish(sum: v128, q: v128, scale: usize, bias: usize, to: usize, floor: v128): void {
  const scaled = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(sum), v128.load(scale)), q);
  v128.store(to, f32x4.pmax(floor, f32x4.add(scaled, v128.load(bias))));
}
