import { gemm, gemmStrict } from "./gemm";

/**
 * Convolution of any kernel, stride and padding over many channels: pixels' windows are gathered into rows of
 * kernelHeight x kernelWidth x channels (im2col), `block` output pixels at a time so that they stay in cache, and go
 * through the matrix product.
 *
 * @param x        [batch][height][width][channels], channels a multiple of 4
 * @param weights  [n / 8][kernelHeight * kernelWidth * channels][8]
 * @param rows     scratch: block x kernelHeight x kernelWidth x channels numbers
 * @param strict   1 for results that do not depend on the CPU
 */
export function convAny(
  x: usize,
  weights: usize,
  bias: usize,
  residual: usize,
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
  n: i32,
  relu: i32,
  strict: i32,
  rows: usize,
  block: i32,
): void {
  const step = <usize>(channels * 4), k = kernelHeight * kernelWidth * channels, area = outHeight * outWidth;
  const total = batch * area;
  for (let m0 = 0; m0 < total; m0 += block) {
    const m1 = min(total, m0 + block);
    let to = rows;
    for (let m = m0; m < m1; m++) {
      const inImage = m % area;
      const r0 = (inImage / outWidth) * strideHeight - top, q0 = (inImage % outWidth) * strideWidth - left;
      const image = x + <usize>((m / area) * height * width) * step;
      for (let r = r0; r < r0 + kernelHeight; r++) {
        for (let q = q0; q < q0 + kernelWidth; q++) {
          if (r < 0 || r >= height || q < 0 || q >= width) memory.fill(to, 0, step);
          else memory.copy(to, image + <usize>(r * width + q) * step, step);
          to += step;
        }
      }
    }
    const offset = <usize>m0 * <usize>(n * 4);
    const from = residual ? residual + offset : 0;
    if (strict) gemmStrict(rows, k * 4, weights, y + offset, n * 4, m1 - m0, n, k, bias, from, relu);
    else gemm(rows, k * 4, weights, y + offset, n * 4, m1 - m0, n, k, bias, from, relu);
  }
}
