import { Conv3x3Int8Call } from "../../calls";
import { POINTERS, TILE } from "../../scratch";
import { POSITIONS, rowBytes, SIDE } from "./layout";

/**
 * B^T d B, tiles t0 .. t1 of framed bytes to [tile][36][channels + 32] 16-bit integers, where
 *
 *     B^T = [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0],
 *            [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], 2 * [0, 4, 0, -5, 0, 1]]
 *
 * Of bytes 0 .. 127 the last row and column together make the largest: 200 * 127, less than 2^15. A tile that reaches past
 * the frame gets the frame's last row or column in place of what is not there: only pixels that nobody asks for depend on it.
 */
export function inputTiles(call: Conv3x3Int8Call, t0: i32, t1: i32): void {
  const channels = <usize>call.channels, step = rowBytes(call.channels);
  let to = call.transformed;
  for (let t = t0; t < t1; t++, to += POSITIONS * step) {
    pointAtPixels(call, t);
    let at = to;
    for (let channel: usize = 0; channel < channels; channel += 8, at += 16) {
      for (let $q = 0; $q < 6; $q++) columnIn($q, channel);
      for (let $r = 0; $r < 6; $r++) rowIn(TILE + $r * 96, at + $r * 6 * step, step);
    }
  }
}

/** The addresses of a tile's 6 x 6 pixels, to POINTERS. */
// @ts-ignore: decorator
@inline
function pointAtPixels(call: Conv3x3Int8Call, t: i32): void {
  const height = call.height + 2, width = call.width + 2, channels = <usize>call.channels;
  const across = (call.width + SIDE - 1) / SIDE, area = across * ((call.height + SIDE - 1) / SIDE);
  const image = t / area, inImage = t % area;
  const top = (inImage / across) * SIDE, left = (inImage % across) * SIDE;
  let to: usize = POINTERS;
  for (let r = top; r < top + 6; r++) {
    const row = (image * height + min(r, height - 1)) * width;
    for (let q = left; q < left + 6; q++, to += 4) {
      store<u32>(to, <u32>(call.x + <usize>(row + min(q, width - 1)) * channels));
    }
  }
}

/** Eight channels of a pixel. */
// @ts-ignore: decorator
@inline
function pixel(at: usize, channel: usize): v128 {
  return v128.load_ext<u8>(<usize>load<u32>(POINTERS + at * 4) + channel);
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
function rowIn(from: usize, to: usize, step: usize): void {
  transformIn(
    v128.load(from),
    v128.load(from, 16),
    v128.load(from, 32),
    v128.load(from, 48),
    v128.load(from, 64),
    v128.load(from, 80),
    to,
    step,
  );
}

/** One column of B^T d: stores the six results `step` bytes apart. */
// @ts-ignore: decorator
@inline
function transformIn(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, to: usize, step: usize): void {
  const u = i16x8.sub(d4, i16x8.shl(d2, 2)), w = i16x8.sub(d3, i16x8.shl(d1, 2));
  const p = i16x8.sub(d4, d2), q = i16x8.sub(d3, d1), q2 = i16x8.shl(q, 1);
  v128.store(to, i16x8.add(i16x8.shl(i16x8.sub(d0, d2), 2), p));
  v128.store(to + step, i16x8.add(u, w));
  v128.store(to + 2 * step, i16x8.sub(u, w));
  v128.store(to + 3 * step, i16x8.add(p, q2));
  v128.store(to + 4 * step, i16x8.sub(p, q2));
  v128.store(to + 5 * step, i16x8.shl(i16x8.sub(i16x8.sub(d5, d3), i16x8.shl(q, 2)), 1));
}
