import { Conv3x3Int8Call } from "../calls";
import { hasDirectDot } from "./dot";
import { gemmInt8 } from "./gemm";
import { inputTiles } from "./winograd/input";
import { outputTiles } from "./winograd/output";
import { multiplyTiles } from "./winograd/product";
import { POSITIONS, panelBytes, rowBytes, SIDE } from "./winograd/layout";
import { transformPanel } from "./winograd/weights";

/**
 * A 3x3 convolution of bytes, stride 1, in one of two forms that give the same integers, so that which of them a CPU takes
 * does not show in the results: gemmInt8, or Winograd's F(4x4,3x3) (Lavin and Gray 2015, arXiv:1509.09308) in 16 bits, with
 * a quarter of the multiplications. A CPU without a dot product of bytes multiplies as many 16-bit integers at once as
 * bytes, so that the quarter is all gain.
 *
 * Winograd's fractions become integers: the weights' transform is taken 24 times in each direction. 576 times the
 * convolution is what comes out, in 32 bits whatever they have lost above: 576 is 9 * 64, and 9 has an inverse modulo 2^32,
 * so that the lowest 26 bits of the convolution are there. The packer gives this kernel what needs no more. No 16-bit
 * integer is exceeded, whatever the bytes are: winograd/input.ts and winograd/weights.ts have the sums.
 *
 * Weights stay bytes, in gemmInt8's layout; eight columns at a time are transformed when tiles are there for them. That is
 * a twentieth of the work for fifty tiles, and eight times less memory than keeping them so.
 */
export function conv3x3Int8(call: Conv3x3Int8Call): void {
  const down = (call.height + SIDE - 1) / SIDE, across = (call.width + SIDE - 1) / SIDE;
  const windows = call.rows / (call.height * call.width), tiles = windows * down * across;
  if (hasDirectDot() || call.rows <= 4 * tiles + FEW_PIXELS) {
    gemmInt8(call);
    return;
  }
  const k = call.channels, n = call.n, each = panelBytes(k);
  for (let t0 = 0; t0 < tiles; t0 += call.tiles) {
    const t1 = min(tiles, t0 + call.tiles);
    inputTiles(call, t0, t1);
    for (let j = 0; j < n; j += 8) {
      transformPanel(call.weights + <usize>(j * k) * 9, k, call.panel);
      for (let at = 0; at < POSITIONS; at++) {
        multiplyTiles(
          call.transformed + <usize>at * rowBytes(k),
          t1 - t0,
          call.panel + <usize>at * each,
          k,
          call.products + <usize>at * 32,
        );
      }
      outputTiles(call, t0, t1, j);
    }
  }
}

/** With so few pixels transforming the weights costs more than it saves. */
const FEW_PIXELS = 10;
