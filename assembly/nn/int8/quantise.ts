import { intoFrame } from "../frame";
import { highHalves, lane0, lane1, lane2, lane3, lowHalves, zipHigh, zipLow } from "../arith";

/**
 * Float maps that are nowhere negative to integers 0 .. top, windows of either sign to -top .. top, with a scale that is
 * found anew for every row of channels or for every window: static, calibrated scales ruin the embeddings (prototypes'
 * README).
 *
 * The scale that is stored turns integers back: largest / top. Where top / largest would not be finite, the row counts
 * as zeros.
 */

/** Four maxima that together are the largest of `bytes` bytes of floats, a multiple of 64. */
// @ts-ignore: decorator
@inline
function largest(p: usize, bytes: usize): v128 {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  for (const end = p + bytes; p < end; p += 64) {
    a = f32x4.pmax(a, v128.load(p));
    b = f32x4.pmax(b, v128.load(p, 16));
    c = f32x4.pmax(c, v128.load(p, 32));
    d = f32x4.pmax(d, v128.load(p, 48));
  }
  return f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
}

/** Likewise of the numbers without their signs. */
// @ts-ignore: decorator
@inline
function largestMagnitude(p: usize, bytes: usize): v128 {
  let a = f32x4.splat(0), b = a;
  for (const end = p + bytes; p < end; p += 32) {
    a = f32x4.pmax(a, f32x4.abs(v128.load(p)));
    b = f32x4.pmax(b, f32x4.abs(v128.load(p, 16)));
  }
  return f32x4.pmax(a, b);
}

/**
 * 1.5 * 2^23 in all lanes: added to a number between -2^22 and 2^22, it leaves that number's nearest integer in the lowest
 * bits, and its own bits, taken away, leave the integer alone.
 */
const ROUNDER = memory.data<f32>([12582912, 12582912, 12582912, 12582912], 16);

/** Four floats times `factor` to the nearest integers, ties to even: an addition, where a conversion takes seven steps. */
// @ts-ignore: decorator
@inline
function four(x: v128, factor: v128, rounder: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(x, factor), rounder), rounder);
}

/** `bytes` bytes of floats, a multiple of 64, to 16-bit integers at `to` where `words`, else to bytes. */
// @ts-ignore: decorator
@inline
function narrow(p: usize, bytes: usize, to: usize, factor: v128, words: i32): void {
  const end = p + bytes, rounder = v128.load(ROUNDER);
  if (words) {
    for (; p < end; p += 32, to += 16) {
      v128.store(to, i16x8.narrow_i32x4_s(four(v128.load(p), factor, rounder), four(v128.load(p, 16), factor, rounder)));
    }
    return;
  }
  for (; p < end; p += 64, to += 16) {
    const a = four(v128.load(p), factor, rounder), b = four(v128.load(p, 16), factor, rounder);
    const c = four(v128.load(p, 32), factor, rounder), d = four(v128.load(p, 48), factor, rounder);
    v128.store(to, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
  }
}

/** top / most, or 0 where that would not be finite. */
// @ts-ignore: decorator
@inline
function factorOf(most: v128, top: v128): v128 {
  const factor = f32x4.div(top, most);
  return v128.and(factor, f32x4.lt(factor, f32x4.splat(Infinity)));
}

/** The largest lane of each of four vectors. */
// @ts-ignore: decorator
@inline
function largestOfEach(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.pmax(zipLow(a, b), zipHigh(a, b)), cd = f32x4.pmax(zipLow(c, d), zipHigh(c, d));
  return f32x4.pmax(lowHalves(ab, cd), highHalves(ab, cd));
}

/**
 * Every `strideHeight`-th row and `strideWidth`-th pixel of it, one scale a pixel: x [batch][height][width][channels] to
 * dense rows of channels at `to`, and their scales. Channels are a multiple of 16.
 *
 * Four pixels at a time: their scales are found in one vector, with two divisions for the four.
 */
export function quantiseRows(
  x: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: f32,
  words: i32,
  to: usize,
  scales: usize,
): void {
  const step = <usize>channels * 4, out = <usize>channels << (words ? 1 : 0);
  const next = <usize>strideWidth * step, across = (width - 1) / strideWidth + 1;
  const tops = f32x4.splat(top);
  for (let b = 0; b < batch; b++) {
    for (let r = 0; r < height; r += strideHeight) {
      let p = x + <usize>((b * height + r) * width) * step, q = 0;
      for (; q + 4 <= across; q += 4) {
        const p1 = p + next, p2 = p1 + next, p3 = p2 + next;
        const most = largestOfEach(largest(p, step), largest(p1, step), largest(p2, step), largest(p3, step));
        v128.store(scales, f32x4.div(most, tops));
        const factor = factorOf(most, tops);
        narrow(p, step, to, lane0(factor), words);
        narrow(p1, step, to + out, lane1(factor), words);
        narrow(p2, step, to + 2 * out, lane2(factor), words);
        narrow(p3, step, to + 3 * out, lane3(factor), words);
        p = p3 + next;
        to += 4 * out;
        scales += 16;
      }
      for (; q < across; q++) {
        const each = largest(p, step), most = largestOfEach(each, each, each, each);
        v128.store32_lane(scales, f32x4.div(most, tops), 0);
        narrow(p, step, to, factorOf(most, tops), words);
        p += next;
        to += out;
        scales += 4;
      }
    }
  }
}

/**
 * One scale a window, in a frame of zeros that a convolution's padding needs: x [batch][height][width][channels] to
 * bytes [batch][frameHeight][frameWidth][channels] at `to`, the map beginning at row `top` and column `left` of the
 * frame. The scale is stored `rows` times, once for every row of the product that will use it.
 */
export function quantiseFrame(
  x: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  frameHeight: i32,
  frameWidth: i32,
  most: f32,
  to: usize,
  scales: usize,
  rows: i32,
): void {
  const inRow = <usize>(width * channels) * 4;
  const outRow = <usize>(frameWidth * channels), frame = <usize>frameHeight * outRow;
  const usedRows = min(height, frameHeight - top), used = <usize>min(width, frameWidth - left) * <usize>(channels * 4);
  const tops = f32x4.splat(most);
  for (let b = 0; b < batch; b++) {
    const each = largest(x, <usize>height * inRow), peak = largestOfEach(each, each, each, each);
    const factor = factorOf(peak, tops), scale = f32x4.extract_lane(f32x4.div(peak, tops), 0);
    for (let i = 0; i < rows; i++, scales += 4) store<f32>(scales, scale);
    memory.fill(to, 0, frame);
    let at = to + <usize>top * outRow + <usize>(left * channels), p = x;
    for (let r = 0; r < usedRows; r++, p += inRow, at += outRow) narrow(p, used, at, factor, 0);
    x += <usize>height * inRow;
    to += frame;
  }
}

/**
 * Windows of one channel, of either sign, to 16-bit integers in a frame of zeros, with one scale a window: x
 * [batch][height][width] to [batch][numbers], of which the first are [frameHeight][frameWidth]. The scale is stored
 * `rows` times, as in quantiseFrame.
 *
 * @param frame    scratch: `numbers` numbers, a multiple of 16
 */
export function quantiseWindow(
  x: usize,
  batch: i32,
  height: i32,
  width: i32,
  top: i32,
  left: i32,
  frame: usize,
  frameHeight: i32,
  frameWidth: i32,
  numbers: i32,
  most: f32,
  to: usize,
  scales: usize,
  rows: i32,
): void {
  const bytes = <usize>numbers * 4, tops = f32x4.splat(most);
  memory.fill(frame, 0, bytes);
  for (let b = 0; b < batch; b++) {
    intoFrame(x, height, width, top, left, frame, frameHeight, frameWidth);
    const each = largestMagnitude(frame, bytes), peak = largestOfEach(each, each, each, each);
    const scale = f32x4.extract_lane(f32x4.div(peak, tops), 0);
    for (let i = 0; i < rows; i++, scales += 4) store<f32>(scales, scale);
    narrow(frame, bytes, to, factorOf(peak, tops), 1);
    x += <usize>(height * width) * 4;
    to += <usize>numbers * 2;
  }
}
