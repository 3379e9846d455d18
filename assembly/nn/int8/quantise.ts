import { QuantiseCall, QuantiseRowsCall, QuantiseWindowCall } from "../calls";
import { frameHeight, frameWidth, intoFrame } from "../frame";
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
 * Every strideHeight-th row and strideWidth-th pixel of it, one scale a pixel: dense rows of channels, and their scales.
 * Channels are a multiple of 16.
 *
 * Four pixels at a time: their scales are found in one vector, with two divisions for the four.
 */
export function quantiseRows(call: QuantiseRowsCall): void {
  const words = call.words, strideWidth = call.strideWidth, width = call.width, height = call.height;
  const step = <usize>call.channels * 4, out = <usize>call.channels << (words ? 1 : 0);
  const next = <usize>strideWidth * step, across = (width - 1) / strideWidth + 1;
  const tops = f32x4.splat(<f32>call.largest);
  let to = call.y, scales = call.scales;
  for (let b = 0; b < call.batch; b++) {
    for (let r = 0; r < height; r += call.strideHeight) {
      let p = call.x + <usize>((b * height + r) * width) * step, q = 0;
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
 * One scale a window, bytes in a frame (frame.ts): y [batch][frame's height][frame's width][channels], channels a multiple
 * of 16. The scale is stored for every pixel of the convolution that follows.
 */
export function quantiseFrame(call: QuantiseCall): void {
  const channels = call.channels, top = call.top, left = call.left, across = frameWidth(call);
  const inRow = <usize>(call.width * channels) * 4, window = <usize>call.height * inRow;
  const outRow = <usize>(across * channels), frame = <usize>frameHeight(call) * outRow;
  const usedRows = min(call.height, frameHeight(call) - top);
  const used = <usize>min(call.width, across - left) * <usize>(channels * 4);
  const tops = f32x4.splat(<f32>call.largest);
  let x = call.x, to = call.y, scales = call.scales;
  for (let b = 0; b < call.batch; b++) {
    const each = largest(x, window), peak = largestOfEach(each, each, each, each);
    const factor = factorOf(peak, tops);
    scales = scaleOfWindow(call, peak, tops, scales);
    memory.fill(to, 0, frame);
    let at = to + <usize>top * outRow + <usize>(left * channels), p = x;
    for (let r = 0; r < usedRows; r++, p += inRow, at += outRow) narrow(p, used, at, factor, 0);
    x += window;
    to += frame;
  }
}

/**
 * Windows of one channel, of either sign, to 16-bit integers in a frame, with one scale a window, stored as in
 * quantiseFrame: y [batch][numbers], of which the first are the frame.
 */
export function quantiseWindow(call: QuantiseWindowCall): void {
  const frame = call.frame, bytes = <usize>call.numbers * 4, tops = f32x4.splat(<f32>call.largest);
  memory.fill(frame, 0, bytes);
  let x = call.x, to = call.y, scales = call.scales;
  for (let b = 0; b < call.batch; b++) {
    intoFrame(call, x, frame);
    const each = largestMagnitude(frame, bytes), peak = largestOfEach(each, each, each, each);
    scales = scaleOfWindow(call, peak, tops, scales);
    narrow(frame, bytes, to, factorOf(peak, tops), 1);
    x += <usize>(call.height * call.width) * 4;
    to += bytes / 2;
  }
}

/** Stores a window's scale once for every pixel that is to come of it; returns where the next window's go. */
// @ts-ignore: decorator
@inline
function scaleOfWindow(call: QuantiseCall, peak: v128, tops: v128, scales: usize): usize {
  const scale = f32x4.extract_lane(f32x4.div(peak, tops), 0);
  for (let rows = call.outHeight * call.outWidth; rows > 0; rows--, scales += 4) store<f32>(scales, scale);
  return scales;
}
