import { gemm } from "./gemm";
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
 * Maps are [batch][height][width][channels] with height and width multiples of `size`; with `pool`, the output is the
 * 2x2 maximum, [batch][height / 2][width / 2][n].
 *
 * @param weights  transformed: [(size + 2)^2][n / 8][k][8]
 * @param zeros    as many zeros as the larger of k and n
 * @param v, p     scratch of `block` tiles: (size + 2)^2 (k + 16) and (n + 16) numbers each
 */
export function winograd(
  size: i32,
  x: usize,
  weights: usize,
  bias: usize,
  y: usize,
  batch: i32,
  height: i32,
  width: i32,
  k: i32,
  n: i32,
  relu: i32,
  pool: i32,
  zeros: usize,
  v: usize,
  p: usize,
  block: i32,
): void {
  const positions = (size + 2) * (size + 2);
  const vStep = k * 4 + 64, pStep = n * 4 + 64;
  const tiles = batch * (height / size) * (width / size);
  for (let t0 = 0; t0 < tiles; t0 += block) {
    const t1 = min(tiles, t0 + block);
    if (size == 4) inputTiles4(x, v, height, width, k, t0, t1, zeros);
    else inputTiles2(x, v, height, width, k, t0, t1, zeros);
    for (let at = 0; at < positions; at++) {
      const u = weights + <usize>(at * k) * <usize>(n * 4);
      const from = v + <usize>(at * vStep), to = p + <usize>(at * pStep);
      gemm(from, positions * vStep, u, to, positions * pStep, t1 - t0, n, k, zeros, 0, 0);
    }
    if (size == 4) outputTiles4(p, y, height, width, n, t0, t1, bias, relu, pool);
    else outputTiles2(p, y, height, width, n, t0, t1, bias, relu, pool);
  }
}
