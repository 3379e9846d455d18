import { GemmCall, WinogradCall } from "./calls";
import { gemm } from "./gemm";
import { PRODUCT_CALL } from "./scratch";
import { inputTiles2, outputTiles2 } from "./winograd2";
import { inputTiles4, outputTiles4 } from "./winograd4";

/**
 * 3x3 convolution, stride 1, pads 1, by Winograd (Lavin and Gray 2015, arXiv:1509.09308): F(4x4,3x3) does a quarter
 * of the multiplications of the direct form, F(2x2,3x3) four ninths. Output tiles of size x size pixels become
 * (size + 2)^2 independent products of [tiles][K] by [K][N]; F(2x2) is for maps that are too small for the other.
 *
 * Tiles are taken in blocks, so that what the transforms write is still in L2 when the product reads it. Its layout is
 * [tile][position][K + 16]: one stream to write instead of thirty-six, and the 64 spare bytes keep the positions off
 * each other's cache sets.
 *
 * The map's height and width are multiples of `size`. With `pool`, y is the 2x2 maximum, of half the height and width.
 * Weights are transformed: [(size + 2)^2][outChannels / 8][channels][8].
 */
export function winograd(call: WinogradCall): void {
  const size = call.size, k = call.channels, n = call.outChannels;
  const positions = (size + 2) * (size + 2), xBytes = k * 4 + 64, yBytes = n * 4 + 64;
  const tiles = call.batch * (call.height / size) * (call.width / size);
  const product = changetype<GemmCall>(PRODUCT_CALL);
  product.bias = call.zeros;
  product.residual = 0;
  product.n = n;
  product.relu = 0;
  product.k = k;
  product.xStep = positions * xBytes;
  product.yStep = positions * yBytes;
  for (let t0 = 0; t0 < tiles; t0 += call.block) {
    const t1 = min(tiles, t0 + call.block);
    if (size == 4) inputTiles4(call, t0, t1);
    else inputTiles2(call, t0, t1);
    product.rows = t1 - t0;
    for (let at = 0; at < positions; at++) {
      product.x = call.transformed + <usize>(at * xBytes);
      product.weights = call.weights + <usize>(at * k) * <usize>(n * 4);
      product.y = call.products + <usize>(at * yBytes);
      gemm(product);
    }
    if (size == 4) outputTiles4(call, t0, t1);
    else outputTiles2(call, t0, t1);
  }
}
