import { floorOf, madd, Strict } from "./arith";
import { clip, firstTap, lastTap } from "./window";

/**
 * Depthwise convolution of any kernel, stride and padding: a pixel at a time, four channels at a time, only the taps
 * that lie inside. Always strict, so that the int8 nets can use it; the fast shapes have kernels of their own.
 *
 * x [batch][height][width][channels], weights [kernelHeight][kernelWidth][channels], channels a multiple of 4.
 */
export function depthwiseAny(
  x: usize,
  weights: usize,
  bias: usize,
  y: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
  relu: i32,
): void {
  const step = <usize>(channels * 4), floor = floorOf(relu);
  for (let b = 0; b < batch; b++) {
    for (let r = 0; r < outHeight; r++) {
      const r0 = r * strideHeight - top;
      clip(r0, kernelHeight, height);
      const i0 = firstTap, i1 = lastTap;
      for (let q = 0; q < outWidth; q++) {
        const q0 = q * strideWidth - left;
        clip(q0, kernelWidth, width);
        const k0 = firstTap, k1 = lastTap;
        for (let channel: usize = 0; channel < step; channel += 16) {
          let sum = v128.load(bias + channel);
          for (let i = i0; i < i1; i++) {
            let p = x + <usize>((b * height + r0 + i) * width + q0 + k0) * step + channel;
            let w = weights + <usize>(i * kernelWidth + k0) * step + channel;
            for (let k = k0; k < k1; k++) {
              sum = madd<Strict>(v128.load(p), v128.load(w), sum);
              p += step;
              w += step;
            }
          }
          v128.store(y + channel, f32x4.pmax(floor, sum));
        }
        y += step;
      }
    }
  }
}
