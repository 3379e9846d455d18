import { TILE } from "../../scratch";
import { panelBytes } from "./layout";

/**
 * G g G^T of eight columns, from gemmInt8's [3][3][channels / 4][8][4 bytes] to [36][channels / 2][8][2] 16-bit integers,
 * where
 *
 *     G = [[6, 0, 0], [4, 4, 4], [4, -4, 4], [1, 2, 4], [1, -2, 4], [0, 0, 12]]
 *
 * is 24 times Lavin and Gray's, but for half of the last row, whose other half is the input's, and the signs of the second
 * and third, which the output's transform takes away. Of -127 .. 127 it makes 144 * 127 at most, less than 2^15.
 */
export function transformPanel(weights: usize, channels: i32, panel: usize): void {
  const tap = <usize>channels * 8, step = panelBytes(channels);
  let from = weights, to = panel;
  for (const end = weights + tap; from < end; from += 32, to += 64) {
    for (let half: usize = 0; half < 32; half += 16) {
      for (let $q = 0; $q < 3; $q++) columnLow(from + half + $q * tap, tap, $q);
      for (let $r = 0; $r < 6; $r++) row($r, to + half + $r * 6 * step, step);
      for (let $q = 0; $q < 3; $q++) columnHigh(from + half + $q * tap, tap, $q);
      for (let $r = 0; $r < 6; $r++) row($r, to + 32 + half + $r * 6 * step, step);
    }
  }
}

/** Four columns' first and second pairs of channels, apart. */
// @ts-ignore: decorator
@inline
function pairs(at: usize): v128 {
  const w = v128.load(at);
  return i8x16.shuffle(w, w, 0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
}

/** Column q of G g, of the first pairs of channels: six vectors to TILE, 48 bytes apart. */
// @ts-ignore: decorator
@inline
function columnLow(at: usize, tap: usize, q: usize): void {
  const g0 = i16x8.extend_low_i8x16_s(pairs(at));
  const g1 = i16x8.extend_low_i8x16_s(pairs(at + 3 * tap));
  const g2 = i16x8.extend_low_i8x16_s(pairs(at + 6 * tap));
  transform(g0, g1, g2, TILE + q * 16, 48);
}

/** Of the second pairs. */
// @ts-ignore: decorator
@inline
function columnHigh(at: usize, tap: usize, q: usize): void {
  const g0 = i16x8.extend_high_i8x16_s(pairs(at));
  const g1 = i16x8.extend_high_i8x16_s(pairs(at + 3 * tap));
  const g2 = i16x8.extend_high_i8x16_s(pairs(at + 6 * tap));
  transform(g0, g1, g2, TILE + q * 16, 48);
}

// @ts-ignore: decorator
@inline
function row(r: usize, to: usize, step: usize): void {
  const from = TILE + r * 48;
  transform(v128.load(from), v128.load(from, 16), v128.load(from, 32), to, step);
}

/** G g of one column or row: stores the six results `step` bytes apart. */
// @ts-ignore: decorator
@inline
function transform(g0: v128, g1: v128, g2: v128, to: usize, step: usize): void {
  const twice = i16x8.shl(g0, 1), fourfold = i16x8.shl(g2, 2);
  const a = i16x8.shl(i16x8.add(g0, g2), 2), b = i16x8.shl(g1, 2);
  const c = i16x8.add(g0, fourfold), d = i16x8.shl(g1, 1);
  v128.store(to, i16x8.add(twice, i16x8.shl(twice, 1)));
  v128.store(to + step, i16x8.add(a, b));
  v128.store(to + 2 * step, i16x8.sub(a, b));
  v128.store(to + 3 * step, i16x8.add(c, d));
  v128.store(to + 4 * step, i16x8.sub(c, d));
  v128.store(to + 5 * step, i16x8.add(fourfold, i16x8.shl(fourfold, 1)));
}
