import { floorOf } from "./arith";
import { POINTERS } from "./scratch";
import { pointAtPixels, tileAddress } from "./winograd-tile";

// @ts-ignore: decorator
@inline
function pixel(at: usize, channel: usize): v128 {
  return v128.load(<usize>load<u32>(POINTERS + at * 4) + channel);
}

/** One row of (B^T d) B: four results `step` bytes apart. */
// @ts-ignore: decorator
@inline
function rowIn(d0: v128, d1: v128, d2: v128, d3: v128, to: usize, step: usize): void {
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + step, f32x4.add(d1, d2));
  v128.store(to + 2 * step, f32x4.sub(d2, d1));
  v128.store(to + 3 * step, f32x4.sub(d1, d3));
}

/** Input transform B^T d B of F(2x2,3x3): tiles t0 .. t1 to v [tile][16][channels + 16]. */
export function inputTiles2(
  x: usize,
  v: usize,
  height: i32,
  width: i32,
  channels: i32,
  t0: i32,
  t1: i32,
  zeros: usize,
): void {
  const step = <usize>(channels * 4 + 64);
  for (let t = t0; t < t1; t++) {
    pointAtPixels(2, t, x, height, width, channels, zeros);
    let to = v + <usize>(t - t0) * step * 16;
    for (let ch: usize = 0; ch < <usize>(channels * 4); ch += 16) {
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

/** Output transform A^T M A of F(2x2,3x3), bias, floor and perhaps the 2x2 maximum: p [tile][16][channels + 16] to y. */
export function outputTiles2(
  p: usize,
  y: usize,
  height: i32,
  width: i32,
  channels: i32,
  t0: i32,
  t1: i32,
  bias: usize,
  relu: i32,
  pool: i32,
): void {
  const step = <usize>(channels * 4 + 64), pixelStep = <usize>(channels * 4), row = step * 4;
  const floor = floorOf(relu);
  for (let t = t0; t < t1; t++) {
    let m = p + <usize>(t - t0) * step * 16;
    let to = pool
      ? tileAddress(1, t, y, height / 2, width / 2, channels)
      : tileAddress(2, t, y, height, width, channels);
    const down = <usize>width * pixelStep;
    for (let ch: usize = 0; ch < pixelStep; ch += 16) {
      const b = v128.load(bias + ch);
      // Two rows of A^T M, a column at a time, folded into the four pixels as they come.
      let m1 = v128.load(m + row), m2 = v128.load(m + 2 * row);
      let top = f32x4.add(f32x4.add(v128.load(m), m1), m2);
      let low = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 3 * row));
      let y00 = f32x4.add(b, top), y10 = f32x4.add(b, low);
      m1 = v128.load(m + row + step);
      m2 = v128.load(m + 2 * row + step);
      top = f32x4.add(f32x4.add(v128.load(m + step), m1), m2);
      low = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 3 * row + step));
      y00 = f32x4.add(y00, top);
      y10 = f32x4.add(y10, low);
      let y01 = f32x4.add(b, top), y11 = f32x4.add(b, low);
      m1 = v128.load(m + row + 2 * step);
      m2 = v128.load(m + 2 * row + 2 * step);
      top = f32x4.add(f32x4.add(v128.load(m + 2 * step), m1), m2);
      low = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 3 * row + 2 * step));
      y00 = f32x4.pmax(floor, f32x4.add(y00, top));
      y10 = f32x4.pmax(floor, f32x4.add(y10, low));
      y01 = f32x4.sub(y01, top);
      y11 = f32x4.sub(y11, low);
      m1 = v128.load(m + row + 3 * step);
      m2 = v128.load(m + 2 * row + 3 * step);
      top = f32x4.add(f32x4.add(v128.load(m + 3 * step), m1), m2);
      low = f32x4.sub(f32x4.sub(m1, m2), v128.load(m + 3 * row + 3 * step));
      y01 = f32x4.pmax(floor, f32x4.sub(y01, top));
      y11 = f32x4.pmax(floor, f32x4.sub(y11, low));
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
