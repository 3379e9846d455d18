import { floorOf } from "../arith";
import { Int8Call } from "../calls";
import { Direct, dot, hasDirectDot, onesOfDot, Pairs, Plain } from "./dot";
import { gemmInt8 } from "./gemm";

/**
 * A dense layer of bytes, each row in one piece. One row is a kernel of its own, as fast as its weights come from memory:
 * four panels of eight columns are four streams. More rows are gemmInt8, where a panel is used by all rows while it is in
 * cache. n is a multiple of 16, and there is no residual.
 */
export function denseInt8(call: Int8Call): void {
  if (call.rows > 1) gemmInt8(call);
  else if (!ASC_FEATURE_RELAXED_SIMD) oneRow<Plain>(call);
  else if (hasDirectDot()) oneRow<Direct>(call);
  else oneRow<Pairs>(call);
}

function oneRow<D>(call: Int8Call): void {
  const x = call.x, last = x + <usize>call.length, panel = <usize>call.length * 8;
  const floor = floorOf(call.relu), q = v128.load32_splat(call.rowScales), ones = onesOfDot();
  let weights = call.weights, scale = call.scales, bias = call.bias, y = call.y;
  const end = y + <usize>call.n * 4;
  for (; y + 128 <= end; y += 128, scale += 128, bias += 128, weights += 4 * panel) {
    for (let $p = 0; $p < 4; $p++) let c$p0 = i32x4.splat(0), c$p1 = c$p0;
    let w0 = weights;
    for (let p = x; p < last; p += 4, w0 += 32) {
      const s = v128.load32_splat(p), w1 = w0 + panel, w2 = w1 + panel, w3 = w2 + panel;
      for (let $p = 0; $p < 4; $p++) {
        c$p0 = dot<D>(v128.load(w$p), s, c$p0, ones);
        c$p1 = dot<D>(v128.load(w$p, 16), s, c$p1, ones);
      }
    }
    for (let $p = 0; $p < 4; $p++) {
      finish(c$p0, q, scale + 32 * $p, bias + 32 * $p, y + 32 * $p, floor);
      finish(c$p1, q, scale + 32 * $p + 16, bias + 32 * $p + 16, y + 32 * $p + 16, floor);
    }
  }
  for (; y < end; y += 32, scale += 32, bias += 32, weights += panel) {
    let c0 = i32x4.splat(0), c1 = c0, w = weights;
    for (let p = x; p < last; p += 4, w += 32) {
      const s = v128.load32_splat(p);
      c0 = dot<D>(v128.load(w), s, c0, ones);
      c1 = dot<D>(v128.load(w, 16), s, c1, ones);
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
