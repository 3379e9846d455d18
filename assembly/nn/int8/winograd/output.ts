import { floorOf } from "../../arith";
import { Conv3x3Int8Call } from "../../calls";
import { TILE } from "../../scratch";
import { POSITIONS, SIDE } from "./layout";

/**
 * A^T M A of tiles t0 .. t1 and columns j .. j + 8, where M is [tile][36][8] and, with the signs that weights.ts left out,
 *
 *     A^T = [[1, -1, -1, 1, 1, 0], [0, -1, 1, 2, -2, 0], [0, -1, -1, 4, 4, 0], [0, -1, 1, 8, -8, 1]]
 *
 * then the sums themselves, and of them floats as in gemmInt8, operation by operation.
 */
export function outputTiles(call: Conv3x3Int8Call, t0: i32, t1: i32, j: i32): void {
  const height = call.height, width = call.width, pixel = <usize>call.n * 4;
  const across = (width + SIDE - 1) / SIDE, area = across * ((height + SIDE - 1) / SIDE);
  const residual = call.residual, toResidual = residual - call.y, floor = floorOf(call.relu);
  const scales = call.scales + <usize>j * 4, bias = call.bias + <usize>j * 4;
  const ninth = i32x4.splat(NINTH);
  let from = call.products;
  for (let t = t0; t < t1; t++, from += POSITIONS * 32) {
    const image = t / area, inImage = t % area;
    const top = (inImage / across) * SIDE, left = (inImage % across) * SIDE;
    const rows = min(SIDE, height - top), columns = min(SIDE, width - left);
    const first = (image * height + top) * width + left;
    // A window has one scale.
    const q = v128.load32_splat(call.rowScales + <usize>first * 4);
    for (let half: usize = 0; half < 32; half += 16) {
      for (let $q = 0; $q < 6; $q++) transformOut(from + half + $q * 32, 6 * 32, TILE + $q * 16, 96);
      const s = v128.load(scales + half), d = v128.load(bias + half);
      let to = call.y + <usize>first * pixel + <usize>j * 4 + half;
      for (let r = 0; r < rows; r++, to += <usize>width * pixel) {
        const row = TILE + <usize>r * 96;
        transformOut(row, 16, row, 16);
        let at = to, y: v128;
        for (let c: usize = 0; c < <usize>columns; c++, at += pixel) {
          y = i32x4.shr_s(i32x4.mul(v128.load(row + c * 16), ninth), 6);
          y = f32x4.add(f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(y), s), q), d);
          if (residual) y = f32x4.add(y, v128.load(at + toResidual));
          v128.store(at, f32x4.pmax(floor, y));
        }
      }
    }
  }
}

/** Times 9 it is 1 modulo 2^32. */
const NINTH: i32 = 0x38e38e39;

/** Six products `step` bytes apart to four, `toStep` apart: the rows of A^T. */
// @ts-ignore: decorator
@inline
function transformOut(from: usize, step: usize, to: usize, toStep: usize): void {
  const m0 = v128.load(from), m1 = v128.load(from + step), m2 = v128.load(from + 2 * step);
  const m3 = v128.load(from + 3 * step), m4 = v128.load(from + 4 * step), m5 = v128.load(from + 5 * step);
  const a = i32x4.add(m1, m2), b = i32x4.sub(m1, m2), c = i32x4.add(m3, m4), d = i32x4.shl(i32x4.sub(m3, m4), 1);
  v128.store(to, i32x4.add(i32x4.sub(m0, a), c));
  v128.store(to + toStep, i32x4.sub(d, b));
  v128.store(to + 2 * toStep, i32x4.sub(i32x4.shl(c, 2), a));
  v128.store(to + 3 * toStep, i32x4.add(i32x4.sub(i32x4.shl(d, 2), b), m5));
}
