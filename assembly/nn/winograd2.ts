import { floorOf } from "./arith";
import { WinogradCall } from "./calls";
import { pixel, pointAtPixels, tileAddress } from "./winograd-tile";

/** One row of (B^T d) B: four results `step` bytes apart. */
// @ts-ignore: decorator
@inline
function rowIn(d0: v128, d1: v128, d2: v128, d3: v128, to: usize, step: usize): void {
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + step, f32x4.add(d1, d2));
  v128.store(to + 2 * step, f32x4.sub(d2, d1));
  v128.store(to + 3 * step, f32x4.sub(d1, d3));
}

/** Input transform B^T d B of F(2x2,3x3): tiles t0 .. t1 to `transformed`, [tile][16][channels + 16]. */
export function inputTiles2(call: WinogradCall, t0: i32, t1: i32): void {
  const bytes = <usize>(call.channels * 4), step = bytes + 64;
  for (let t = t0; t < t1; t++) {
    pointAtPixels(2, t, call);
    let to = call.transformed + <usize>(t - t0) * step * 16;
    for (let ch: usize = 0; ch < bytes; ch += 16) {
      const a0 = pixel(0, ch), a1 = pixel(1, ch), a2 = pixel(2, ch), a3 = pixel(3, ch);
      const c0 = pixel(8, ch), c1 = pixel(9, ch), c2 = pixel(10, ch), c3 = pixel(11, ch);
      rowIn(f32x4.sub(a0, c0), f32x4.sub(a1, c1), f32x4.sub(a2, c2), f32x4.sub(a3, c3), to, step);
      const b0 = pixel(4, ch), b1 = pixel(5, ch), b2 = pixel(6, ch), b3 = pixel(7, ch);
      rowIn(f32x4.add(b0, c0), f32x4.add(b1, c1), f32x4.add(b2, c2), f32x4.add(b3, c3), to + 4 * step, step);
      rowIn(f32x4.sub(c0, b0), f32x4.sub(c1, b1), f32x4.sub(c2, b2), f32x4.sub(c3, b3), to + 8 * step, step);
      const d0 = pixel(12, ch), d1 = pixel(13, ch), d2 = pixel(14, ch), d3 = pixel(15, ch);
      rowIn(f32x4.sub(b0, d0), f32x4.sub(b1, d1), f32x4.sub(b2, d2), f32x4.sub(b3, d3), to + 12 * step, step);
      to += 16;
    }
  }
}

/** Output transform A^T M A of F(2x2,3x3), bias, floor and perhaps the 2x2 maximum: `products`, [tile][16][channels + 16], to y. */
export function outputTiles2(call: WinogradCall, t0: i32, t1: i32): void {
  const pixelStep = <usize>(call.outChannels * 4), step = pixelStep + 64, row = step * 4;
  const bias = call.bias, pool = call.pool, down = <usize>call.outWidth * pixelStep, floor = floorOf(call.relu);
  for (let t = t0; t < t1; t++) {
    let m = call.products + <usize>(t - t0) * step * 16;
    let to = pool ? tileAddress(1, t, call) : tileAddress(2, t, call);
    for (let ch: usize = 0; ch < pixelStep; ch += 16) {
      const b = v128.load(bias + ch);
      // Two rows of A^T M, a column at a time, folded into the four pixels as they come.
      let y00 = b, y01 = b, y10 = b, y11 = b, upper: v128, lower: v128, top: v128, low: v128;
      for (let $c = 0; $c < 4; $c++) {
        upper = v128.load(m + row + $c * step);
        lower = v128.load(m + 2 * row + $c * step);
        top = f32x4.add(f32x4.add(v128.load(m + $c * step), upper), lower);
        low = f32x4.sub(f32x4.sub(upper, lower), v128.load(m + 3 * row + $c * step));
        if ($c < 3) {
          y00 = f32x4.add(y00, top);
          y10 = f32x4.add(y10, low);
        }
        if ($c == 1) {
          y01 = f32x4.add(y01, top);
          y11 = f32x4.add(y11, low);
        }
        if ($c > 1) {
          y01 = f32x4.sub(y01, top);
          y11 = f32x4.sub(y11, low);
        }
      }
      for (let $r = 0; $r < 2; $r++) for (let $q = 0; $q < 2; $q++) y$r$q = f32x4.pmax(floor, y$r$q);
      if (pool) {
        v128.store(to, f32x4.pmax(f32x4.pmax(y00, y01), f32x4.pmax(y10, y11)));
      } else {
        v128.store(to, y00);
        v128.store(to + pixelStep, y01);
        v128.store(to + down, y10);
        v128.store(to + down + pixelStep, y11);
      }
      m += 16;
      to += 16;
    }
  }
}
