import { ConvAnyCall, GemmCall } from "./calls";
import { gemm, gemmStrict } from "./gemm";
import { PRODUCT_CALL } from "./scratch";

/**
 * Convolution of any kernel, stride and padding over many channels, a multiple of 4: pixels' windows are gathered into rows
 * of kernelHeight x kernelWidth x channels (im2col), `block` output pixels at a time so that they stay in cache, and go
 * through the matrix product. The weights are its panels, [outChannels / 8][kernelHeight * kernelWidth * channels][8].
 */
export function convAny(call: ConvAnyCall): void {
  const height = call.height, width = call.width, outWidth = call.outWidth;
  const kernelHeight = call.kernelHeight, kernelWidth = call.kernelWidth;
  const step = <usize>(call.channels * 4), area = call.outHeight * outWidth, total = call.batch * area;
  const product = changetype<GemmCall>(PRODUCT_CALL);
  product.x = call.gathered;
  product.weights = call.weights;
  product.bias = call.bias;
  product.n = call.outChannels;
  product.relu = call.relu;
  product.k = kernelHeight * kernelWidth * call.channels;
  product.xStep = product.k * 4;
  product.yStep = product.n * 4;
  for (let m0 = 0; m0 < total; m0 += call.block) {
    const m1 = min(total, m0 + call.block);
    let to = call.gathered;
    for (let m = m0; m < m1; m++) {
      const inImage = m % area;
      const r0 = (inImage / outWidth) * call.strideHeight - call.top;
      const q0 = (inImage % outWidth) * call.strideWidth - call.left;
      const image = call.x + <usize>((m / area) * height * width) * step;
      for (let r = r0; r < r0 + kernelHeight; r++) {
        for (let q = q0; q < q0 + kernelWidth; q++) {
          if (r < 0 || r >= height || q < 0 || q >= width) memory.fill(to, 0, step);
          else memory.copy(to, image + <usize>(r * width + q) * step, step);
          to += step;
        }
      }
    }
    const offset = <usize>(m0 * product.yStep);
    product.y = call.y + offset;
    product.residual = call.residual ? call.residual + offset : 0;
    product.rows = m1 - m0;
    if (call.strict) gemmStrict(product);
    else gemm(product);
  }
}
