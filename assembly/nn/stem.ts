import { floorOf, Fused, madd, Strict } from "./arith";
import { intoFrame } from "./frame";

/**
 * The first layer: a convolution of a one-channel picture, any odd or even kernel, stride and padding. With one input
 * channel there is no K for a matrix product to run along, so the taps are K: four pixels x eight channels in eight
 * accumulators, the weights of a tap loaded once for the four pixels.
 *
 * The picture is copied into a frame of zeros first, so that no tap needs to know of the border.
 *
 * @param x        [batch][height][width]
 * @param weights  [kernelHeight][kernelWidth][channels]
 * @param frame    scratch: frameHeight x frameWidth numbers and 64 bytes, with
 *   frameHeight >= (outHeight - 1) stride + kernelHeight, likewise for the width
 * @param y        [batch][outHeight][outWidth][channels], channels a multiple of 8
 */
function stemOf<T>(
  x: usize,
  batch: i32,
  height: i32,
  width: i32,
  top: i32,
  left: i32,
  frame: usize,
  frameHeight: i32,
  frameWidth: i32,
  weights: usize,
  bias: usize,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  outHeight: i32,
  outWidth: i32,
  channels: i32,
  relu: i32,
  y: usize,
): void {
  const floor = floorOf(relu);
  const rowBytes = <usize>(frameWidth * 4), tapBytes = <usize>(channels * 4);
  memory.fill(frame, 0, <usize>frameHeight * rowBytes);
  for (let b = 0; b < batch; b++) {
    intoFrame(x, height, width, top, left, frame, frameHeight, frameWidth);
    x += <usize>(height * width * 4);
    for (let r = 0; r < outHeight; r++) {
      const from = frame + <usize>(r * strideHeight) * rowBytes;
      for (let channel: usize = 0; channel < tapBytes; channel += 32) {
        stemRow<T>(from, rowBytes, weights + channel, tapBytes, bias + channel, kernelHeight, kernelWidth, strideWidth, outWidth, floor, y + channel);
      }
      y += <usize>outWidth * tapBytes;
    }
  }
}

/** One row of pixels, eight channels. */
// @ts-ignore: decorator
@inline
function stemRow<T>(
  from: usize,
  rowBytes: usize,
  weights: usize,
  tapBytes: usize,
  bias: usize,
  kernelHeight: i32,
  kernelWidth: i32,
  stride: i32,
  outWidth: i32,
  floor: v128,
  to: usize,
): void {
  const step = <usize>(stride * 4);
  const b0 = v128.load(bias), b1 = v128.load(bias, 16);
  let q = 0;
  for (; q + 4 <= outWidth; q += 4) {
    let c00 = b0, c01 = b1, c10 = b0, c11 = b1, c20 = b0, c21 = b1, c30 = b0, c31 = b1;
    let w = weights, row = from;
    for (let i = 0; i < kernelHeight; i++) {
      let p = row;
      for (const end = row + <usize>(kernelWidth * 4); p < end; p += 4) {
        const w0 = v128.load(w), w1 = v128.load(w, 16);
        let s = v128.load32_splat(p);
        c00 = madd<T>(s, w0, c00);
        c01 = madd<T>(s, w1, c01);
        s = v128.load32_splat(p + step);
        c10 = madd<T>(s, w0, c10);
        c11 = madd<T>(s, w1, c11);
        s = v128.load32_splat(p + 2 * step);
        c20 = madd<T>(s, w0, c20);
        c21 = madd<T>(s, w1, c21);
        s = v128.load32_splat(p + 3 * step);
        c30 = madd<T>(s, w0, c30);
        c31 = madd<T>(s, w1, c31);
        w += tapBytes;
      }
      row += rowBytes;
    }
    v128.store(to, f32x4.pmax(floor, c00));
    v128.store(to, f32x4.pmax(floor, c01), 16);
    to += tapBytes;
    v128.store(to, f32x4.pmax(floor, c10));
    v128.store(to, f32x4.pmax(floor, c11), 16);
    to += tapBytes;
    v128.store(to, f32x4.pmax(floor, c20));
    v128.store(to, f32x4.pmax(floor, c21), 16);
    to += tapBytes;
    v128.store(to, f32x4.pmax(floor, c30));
    v128.store(to, f32x4.pmax(floor, c31), 16);
    to += tapBytes;
    from += 4 * step;
  }
  for (; q < outWidth; q++) {
    let c0 = b0, c1 = b1, w = weights, row = from;
    for (let i = 0; i < kernelHeight; i++) {
      for (let p = row, end = row + <usize>(kernelWidth * 4); p < end; p += 4) {
        const s = v128.load32_splat(p);
        c0 = madd<T>(s, v128.load(w), c0);
        c1 = madd<T>(s, v128.load(w, 16), c1);
        w += tapBytes;
      }
      row += rowBytes;
    }
    v128.store(to, f32x4.pmax(floor, c0));
    v128.store(to, f32x4.pmax(floor, c1), 16);
    to += tapBytes;
    from += step;
  }
}

export function stem(x: usize, batch: i32, height: i32, width: i32, top: i32, left: i32, frame: usize, frameHeight: i32, frameWidth: i32, weights: usize, bias: usize, kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, outHeight: i32, outWidth: i32, channels: i32, relu: i32, y: usize): void {
  stemOf<Fused>(x, batch, height, width, top, left, frame, frameHeight, frameWidth, weights, bias, kernelHeight, kernelWidth, strideHeight, strideWidth, outHeight, outWidth, channels, relu, y);
}

export function stemStrict(x: usize, batch: i32, height: i32, width: i32, top: i32, left: i32, frame: usize, frameHeight: i32, frameWidth: i32, weights: usize, bias: usize, kernelHeight: i32, kernelWidth: i32, strideHeight: i32, strideWidth: i32, outHeight: i32, outWidth: i32, channels: i32, relu: i32, y: usize): void {
  stemOf<Strict>(x, batch, height, width, top, left, frame, frameHeight, frameWidth, weights, bias, kernelHeight, kernelWidth, strideHeight, strideWidth, outHeight, outWidth, channels, relu, y);
}
