import { floorOf } from "../arith";
import { Direct, hasDirectDot, Pairs, Plain, Words } from "./dot";
import { five, six } from "./tile";

/**
 * C = A B in integers, then float: C * column scale * row scale + bias (+ residual), then perhaps ReLU. The float part is
 * in this order and never fused, so that the same integers give the same floats everywhere.
 *
 * A row is read where it lies, as `segments` pieces of `length` bytes, `skip` bytes apart, from the offset that a table
 * gives for it: one piece for a 1x1 convolution or a dense layer, one for each row of the kernel for a larger
 * convolution over a framed map. Nothing is gathered or packed.
 *
 * B comes in panels of 8 columns, [n / 8][k / 4][8][4 bytes]. NEAR_BYTES of panels pass each group of rows, which lie in
 * L1, and stay in L2 while `block` rows of A pass; these with their results stay there while all panels pass.
 */
export function gemmInt8(
  a: usize,
  table: usize,
  m: i32,
  b: usize,
  n: i32,
  segments: i32,
  length: i32,
  skip: i32,
  c: usize,
  ldc: i32,
  scale: usize,
  bias: usize,
  rowScales: usize,
  residual: usize,
  relu: i32,
  block: i32,
  words: i32,
): void {
  if (words) multiply<Words>(a, table, m, b, n, segments, length, skip, c, ldc, scale, bias, rowScales, residual, relu, block);
  else if (!ASC_FEATURE_RELAXED_SIMD) {
    multiply<Plain>(a, table, m, b, n, segments, length, skip, c, ldc, scale, bias, rowScales, residual, relu, block);
  } else if (hasDirectDot()) {
    multiply<Direct>(a, table, m, b, n, segments, length, skip, c, ldc, scale, bias, rowScales, residual, relu, block);
  } else {
    multiply<Pairs>(a, table, m, b, n, segments, length, skip, c, ldc, scale, bias, rowScales, residual, relu, block);
  }
}

/**
 * What L2 has room for beside rows and results. Fewer would do where weights are at hand; where few rows use them, they
 * come from memory, a tenth faster in long pieces than in pieces that fit into L1.
 */
const NEAR_BYTES: usize = 160 * 1024;

function multiply<D>(
  a: usize,
  table: usize,
  m: i32,
  b: usize,
  n: i32,
  segments: i32,
  length: i32,
  skip: i32,
  c: usize,
  ldc: i32,
  scale: usize,
  bias: usize,
  rowScales: usize,
  residual: usize,
  relu: i32,
  block: i32,
): void {
  const row = <usize>ldc, panel = <usize>(segments * length) * 8;
  const floor = floorOf(relu);
  const near = max(1, NEAR_BYTES / panel) * 32, wide = <usize>n * 4;
  for (let m0 = 0; m0 < m; m0 += block) {
    const m1 = min(m, m0 + block);
    const sixes = m0 + rowsInSixes<D>(m1 - m0);
    for (let j0: usize = 0; j0 < wide; j0 += near) {
      const j1 = min(wide, j0 + near);
      const w0 = b + (j0 >> 5) * panel;
      let i = m0;
      for (; i < sixes; i += 6) {
        let w = w0;
        for (let j = j0; j < j1; j += 32, w += panel) {
          const from = residual ? residual + j : 0;
          six<D>(a, table, i, m1, w, segments, length, skip, c + j, row, scale + j, bias + j, rowScales, from, floor);
        }
      }
      for (; i < m1; i += 5) {
        let w = w0;
        for (let j = j0; j < j1; j += 32, w += panel) {
          const from = residual ? residual + j : 0;
          five<D>(a, table, i, m1, w, segments, length, skip, c + j, row, scale + j, bias + j, rowScales, from, floor);
        }
      }
    }
  }
}

/** How many of `count` rows go by six: as many as leave fives, or none where there are too few rows for that. */
// @ts-ignore: decorator
@inline
function rowsInSixes<D>(count: i32): i32 {
  if (sizeof<D>() == sizeof<Words>()) return 0;
  const inFives = ((6 - (count % 6)) % 6) * 5;
  return inFives <= count ? count - inFives : 0;
}
