import { eight, five, four, Fused, floorOf, madd, nmadd, two } from "./arith";
import { WinogradCall } from "./calls";
import { TILE } from "./scratch";
import { pixel, pointAtPixels, tileAddress } from "./winograd-tile";

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

/** Input transform B^T d B of F(4x4,3x3): tiles t0 .. t1 to `transformed`, [tile][36][channels + 16]. */
export function inputTiles4(call: WinogradCall, t0: i32, t1: i32): void {
  const bytes = <usize>(call.channels * 4), step = bytes + 64;
  for (let t = t0; t < t1; t++) {
    pointAtPixels(4, t, call);
    let to = call.transformed + <usize>(t - t0) * step * 36;
    for (let channel: usize = 0; channel < bytes; channel += 16) {
      for (let $q = 0; $q < 6; $q++) columnIn($q, channel);
      for (let $r = 0; $r < 6; $r++) rowIn($r, to, step);
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

/** Output transform A^T M A of F(4x4,3x3), bias, floor and perhaps the 2x2 maximum: `products`, [tile][36][channels + 16], to y. */
export function outputTiles4(call: WinogradCall, t0: i32, t1: i32): void {
  const pixelStep = <usize>(call.outChannels * 4), step = pixelStep + 64;
  const bias = call.bias, pool = call.pool, down = <usize>call.outWidth * pixelStep, floor = floorOf(call.relu);
  for (let t = t0; t < t1; t++) {
    const from = call.products + <usize>(t - t0) * step * 36;
    const to = pool ? tileAddress(2, t, call) : tileAddress(4, t, call);
    for (let channel: usize = 0; channel < pixelStep; channel += 16) {
      for (let $r = 0; $r < 6; $r++) rowOut($r, from + channel, step);
      const b = v128.load(bias + channel);
      const at = to + channel;
      if (pool) {
        // Four columns over the first rows of TILE's 6 x 4 would overwrite them: the pixels go behind them.
        const square: usize = TILE + 384;
        for (let $q = 0; $q < 4; $q++) columnOut($q, b, floor, square + $q * 16, 64);
        v128.store(at, maximum(square));
        v128.store(at + pixelStep, maximum(square + 32));
        v128.store(at + down, maximum(square + 128));
        v128.store(at + down + pixelStep, maximum(square + 160));
      } else {
        for (let $q = 0; $q < 4; $q++) columnOut($q, b, floor, at + $q * pixelStep, down);
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
