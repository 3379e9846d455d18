import { eight, five, four, Fused, floorOf, madd, nmadd, two } from "./arith";
import { POINTERS, TILE } from "./scratch";
import { pointAtPixels, tileAddress } from "./winograd-tile";

/** One column of B^T d: stores the six results `step` bytes apart. */
// @ts-ignore: decorator
@inline
function transformIn(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, to: usize, step: usize): void {
  const f4 = four(), f5 = five(), f2 = two();
  const u = nmadd<Fused>(f4, d2, d4), w = nmadd<Fused>(f4, d1, d3);
  const p = f32x4.sub(d4, d2), q = f32x4.sub(d3, d1);
  v128.store(to, madd<Fused>(f4, d0, nmadd<Fused>(f5, d2, d4)));
  v128.store(to + step, f32x4.add(u, w));
  v128.store(to + 2 * step, f32x4.sub(u, w));
  v128.store(to + 3 * step, madd<Fused>(f2, q, p));
  v128.store(to + 4 * step, nmadd<Fused>(f2, q, p));
  v128.store(to + 5 * step, madd<Fused>(f4, d1, nmadd<Fused>(f5, d3, d5)));
}

// @ts-ignore: decorator
@inline
function pixel(at: usize, channel: usize): v128 {
  return v128.load(<usize>load<u32>(POINTERS + at * 4) + channel);
}

// @ts-ignore: decorator
@inline
function columnIn(q: usize, channel: usize): void {
  transformIn(
    pixel(q, channel),
    pixel(q + 6, channel),
    pixel(q + 12, channel),
    pixel(q + 18, channel),
    pixel(q + 24, channel),
    pixel(q + 30, channel),
    TILE + q * 16,
    96,
  );
}

// @ts-ignore: decorator
@inline
function rowIn(row: usize, to: usize, step: usize): void {
  const at = TILE + row * 96;
  transformIn(
    v128.load(at),
    v128.load(at, 16),
    v128.load(at, 32),
    v128.load(at, 48),
    v128.load(at, 64),
    v128.load(at, 80),
    to + row * 6 * step,
    step,
  );
}

/** Input transform B^T d B of F(4x4,3x3): tiles t0 .. t1 to v [tile][36][channels + 16]. */
export function inputTiles4(
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
    pointAtPixels(4, t, x, height, width, channels, zeros);
    let to = v + <usize>(t - t0) * step * 36;
    for (let channel: usize = 0; channel < <usize>(channels * 4); channel += 16) {
      columnIn(0, channel);
      columnIn(1, channel);
      columnIn(2, channel);
      columnIn(3, channel);
      columnIn(4, channel);
      columnIn(5, channel);
      rowIn(0, to, step);
      rowIn(1, to, step);
      rowIn(2, to, step);
      rowIn(3, to, step);
      rowIn(4, to, step);
      rowIn(5, to, step);
      to += 16;
    }
  }
}

/** One row of M A: its six products give four columns, stored 16 bytes apart. */
// @ts-ignore: decorator
@inline
function rowOut(row: usize, from: usize, step: usize): void {
  const p = from + row * 6 * step;
  const m0 = v128.load(p), m1 = v128.load(p + step), m2 = v128.load(p + 2 * step);
  const m3 = v128.load(p + 3 * step), m4 = v128.load(p + 4 * step), m5 = v128.load(p + 5 * step);
  const a = f32x4.add(m1, m2), b = f32x4.sub(m1, m2), c = f32x4.add(m3, m4), d = f32x4.sub(m3, m4);
  const to = TILE + row * 64;
  v128.store(to, f32x4.add(m0, f32x4.add(a, c)));
  v128.store(to, madd<Fused>(two(), d, b), 16);
  v128.store(to, madd<Fused>(four(), c, a), 32);
  v128.store(to, f32x4.add(m5, madd<Fused>(eight(), d, b)), 48);
}

/** One column of A^T (M A), with bias and floor: four pixels down, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function columnOut(column: usize, bias: v128, floor: v128, to: usize, step: usize): void {
  const p = TILE + column * 16;
  const m0 = v128.load(p), m1 = v128.load(p, 64), m2 = v128.load(p, 128);
  const m3 = v128.load(p, 192), m4 = v128.load(p, 256), m5 = v128.load(p, 320);
  const a = f32x4.add(m1, m2), b = f32x4.sub(m1, m2), c = f32x4.add(m3, m4), d = f32x4.sub(m3, m4);
  v128.store(to, f32x4.pmax(floor, f32x4.add(bias, f32x4.add(m0, f32x4.add(a, c)))));
  v128.store(to + step, f32x4.pmax(floor, f32x4.add(bias, madd<Fused>(two(), d, b))));
  v128.store(to + 2 * step, f32x4.pmax(floor, f32x4.add(bias, madd<Fused>(four(), c, a))));
  v128.store(to + 3 * step, f32x4.pmax(floor, f32x4.add(bias, f32x4.add(m5, madd<Fused>(eight(), d, b)))));
}

/** Output transform A^T M A of F(4x4,3x3), bias, floor and perhaps the 2x2 maximum: p [tile][36][channels + 16] to y. */
export function outputTiles4(
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
  const step = <usize>(channels * 4 + 64), pixelStep = <usize>(channels * 4);
  const floor = floorOf(relu);
  for (let t = t0; t < t1; t++) {
    const from = p + <usize>(t - t0) * step * 36;
    const to = pool
      ? tileAddress(2, t, y, height / 2, width / 2, channels)
      : tileAddress(4, t, y, height, width, channels);
    const down = <usize>(pool ? width / 2 : width) * pixelStep;
    for (let channel: usize = 0; channel < pixelStep; channel += 16) {
      rowOut(0, from + channel, step);
      rowOut(1, from + channel, step);
      rowOut(2, from + channel, step);
      rowOut(3, from + channel, step);
      rowOut(4, from + channel, step);
      rowOut(5, from + channel, step);
      const b = v128.load(bias + channel);
      const at = to + channel;
      if (pool) {
        // Four columns over the first rows of TILE's 6 x 4 would overwrite them: the pixels go behind them.
        const square: usize = TILE + 384;
        columnOut(0, b, floor, square + 0, 64);
        columnOut(1, b, floor, square + 16, 64);
        columnOut(2, b, floor, square + 32, 64);
        columnOut(3, b, floor, square + 48, 64);
        v128.store(at, maximum(square));
        v128.store(at + pixelStep, maximum(square + 32));
        v128.store(at + down, maximum(square + 128));
        v128.store(at + down + pixelStep, maximum(square + 160));
      } else {
        columnOut(0, b, floor, at, down);
        columnOut(1, b, floor, at + pixelStep, down);
        columnOut(2, b, floor, at + 2 * pixelStep, down);
        columnOut(3, b, floor, at + 3 * pixelStep, down);
      }
    }
  }
}

/** The largest of the 2x2 pixels at `p` of a square of 4 x 4. */
// @ts-ignore: decorator
@inline
function maximum(p: usize): v128 {
  return f32x4.pmax(f32x4.pmax(v128.load(p), v128.load(p, 16)), f32x4.pmax(v128.load(p, 64), v128.load(p, 80)));
}
