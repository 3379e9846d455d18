/**
 * Float maps that are nowhere negative to integers 0 .. top, with a scale that is found anew for every row of channels,
 * or for every window: static, calibrated scales ruin the embeddings (prototypes' README).
 *
 * `words` chooses 16-bit integers instead of bytes. The scale that is stored turns integers back: largest / top.
 */

/** The largest of `bytes` bytes of floats, a multiple of 64. */
function largest(p: usize, bytes: usize): f32 {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  for (const end = p + bytes; p < end; p += 64) {
    a = f32x4.pmax(a, v128.load(p));
    b = f32x4.pmax(b, v128.load(p, 16));
    c = f32x4.pmax(c, v128.load(p, 32));
    d = f32x4.pmax(d, v128.load(p, 48));
  }
  const m = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
  const low = max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1));
  return max(low, max(f32x4.extract_lane(m, 2), f32x4.extract_lane(m, 3)));
}

/** Four floats times `factor`, to the nearest integer. */
// @ts-ignore: decorator
@inline
function four(p: usize, factor: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(p), factor)));
}

/** `bytes` bytes of floats, a multiple of 64, to integers at `to`. */
// @ts-ignore: decorator
@inline
function narrow(p: usize, bytes: usize, to: usize, factor: v128, words: i32): void {
  const end = p + bytes;
  if (words) {
    for (; p < end; p += 32, to += 16) v128.store(to, i16x8.narrow_i32x4_s(four(p, factor), four(p + 16, factor)));
    return;
  }
  for (; p < end; p += 64, to += 16) {
    const low = i16x8.narrow_i32x4_s(four(p, factor), four(p + 16, factor));
    const high = i16x8.narrow_i32x4_s(four(p + 32, factor), four(p + 48, factor));
    v128.store(to, i8x16.narrow_i16x8_u(low, high));
  }
}

/** top / most, or 0 where that would not be finite: the row counts as zeros then. */
// @ts-ignore: decorator
@inline
function factorOf(most: f32, top: f32): v128 {
  const factor = top / most;
  return f32x4.splat(factor < Infinity ? factor : 0);
}

/**
 * Every `stride`-th pixel of every `stride`-th row, one scale a pixel: x [batch][height][width][channels] to dense rows
 * of channels at `to`, and their scales. Channels are a multiple of 16.
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
  for (let b = 0; b < batch; b++) {
    for (let r = 0; r < height; r += strideHeight) {
      for (let q = 0; q < width; q += strideWidth) {
        const p = x + <usize>((b * height + r) * width + q) * step;
        const most = largest(p, step);
        store<f32>(scales, most / top);
        narrow(p, step, to, factorOf(most, top), words);
        scales += 4;
        to += out;
      }
    }
  }
}

/**
 * One scale a window, in a frame of zeros that a convolution's padding needs: x [batch][height][width][channels] to
 * [batch][frameHeight][frameWidth][channels] at `to`, the map beginning at row `top` and column `left` of the frame. The
 * scale is stored `rows` times, once for every row of the product that will use it.
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
  words: i32,
  to: usize,
  scales: usize,
  rows: i32,
): void {
  const shift = words ? 1 : 0;
  const inRow = <usize>(width * channels) * 4;
  const outPixel = <usize>channels << shift, outRow = <usize>frameWidth * outPixel, frame = <usize>frameHeight * outRow;
  const usedRows = min(height, frameHeight - top), used = <usize>min(width, frameWidth - left) * <usize>(channels * 4);
  for (let b = 0; b < batch; b++) {
    const peak = largest(x, <usize>height * inRow);
    const factor = factorOf(peak, most);
    for (let i = 0; i < rows; i++, scales += 4) store<f32>(scales, peak / most);
    memory.fill(to, 0, frame);
    let at = to + <usize>top * outRow + <usize>left * outPixel, p = x;
    for (let r = 0; r < usedRows; r++, p += inRow, at += outRow) narrow(p, used, at, factor, words);
    x += <usize>height * inRow;
    to += frame;
  }
}
