import { floorOf } from "../arith";
import { Int8Call } from "../calls";
import { Direct, dot, hasDirectDot, onesOfDot, Pairs, Plain, Words } from "./dot";

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
 *
 * The tiles are 6 rows x 8 columns in twelve accumulators, with two vectors of B and a spread word of A: all fifteen
 * vectors that V8 has. A word of A is spread by its load, which costs no instruction of the vector units, and two steps of
 * k share the loop's overhead: 95 % of what the dot instruction alone reaches, with or without checks of every address.
 * Five rows, so that sixes and fives make up any number, and where products want a register or two of their own: for 16-bit
 * integers, and for pairs.
 */
export function gemmInt8(call: Int8Call): void {
  if (call.words) multiply<Words>(call);
  else if (!ASC_FEATURE_RELAXED_SIMD) multiply<Plain>(call);
  else if (hasDirectDot()) multiply<Direct>(call);
  else multiply<Pairs>(call);
}

/**
 * What L2 has room for beside rows and results. Fewer would do where weights are at hand; where few rows use them, they
 * come from memory, a tenth faster in long pieces than in pieces that fit into L1.
 */
const NEAR_BYTES: usize = 160 * 1024;

/** How many rows a tile has: a type, so that one function serves both. */
type Five = f32;
type Six = i32;

function multiply<D>(call: Int8Call): void {
  const m = call.rows, block = call.block, wide = <usize>call.n * 4;
  const near = max(1, NEAR_BYTES / panelBytes(call)) * 32;
  for (let m0 = 0; m0 < m; m0 += block) {
    const m1 = min(m, m0 + block);
    const sixes = m0 + rowsInSixes<D>(m1 - m0);
    for (let j0: usize = 0; j0 < wide; j0 += near) {
      const j1 = min(wide, j0 + near);
      let i = m0;
      for (; i < sixes; i += 6) tiles<D, Six>(call, i, m1, j0, j1);
      for (; i < m1; i += 5) tiles<D, Five>(call, i, m1, j0, j1);
    }
  }
}

// @ts-ignore: decorator
@inline
function panelBytes(call: Int8Call): usize {
  return <usize>(call.segments * call.length) * 8;
}

/**
 * How many of `count` rows go by six, so that fives are left: as many as can be or, for pairs, as few as can be. None
 * where there are too few rows for that.
 */
// @ts-ignore: decorator
@inline
function rowsInSixes<D>(count: i32): i32 {
  if (sizeof<D>() == sizeof<Words>()) return 0;
  if (sizeof<D>() == sizeof<Pairs>()) {
    const sixes = (count % 5) * 6;
    return sixes <= count ? sixes : 0;
  }
  const inFives = ((6 - (count % 6)) % 6) * 5;
  return inFives <= count ? count - inFives : 0;
}

/** Rows from `i` (the last before m stands in for what is past it) against columns whose sums lie at bytes j0 .. j1 of a row. */
function tiles<D, Rows>(call: Int8Call, i: i32, m: i32, j0: usize, j1: usize): void {
  const row = <usize>call.n * 4, segments = call.segments, length = <usize>call.length, skip = <usize>call.skip;
  const rowScales = call.rowScales + <usize>i * 4, scales = call.scales, bias = call.bias, floor = floorOf(call.relu);
  const c = call.y + <usize>i * row, residual = call.residual, toResidual = residual - call.y;
  const ones = onesOfDot();
  for (let $r = 0; $r < 6; $r++) {
    const from$r = call.x + load<u32>(call.table + <usize>min(i + $r, m - 1) * 4);
  }
  let b = call.weights + (j0 >> 5) * panelBytes(call);
  for (let j = j0; j < j1; j += 32) {
    for (let $r = 0; $r < 6; $r++) let p$r = from$r, c$r0 = i32x4.splat(0), c$r1 = c$r0;
    for (let g = 0; g < segments; g++) {
      let b0: v128, b1: v128, x: v128;
      for (const end = p0 + length; p0 < end; b += 64) {
        for (let $k = 0; $k < 2; $k++) {
          b0 = v128.load(b, 32 * $k);
          b1 = v128.load(b, 32 * $k + 16);
          for (let $r = 0; $r < 6; $r++) {
            if ($r < 5 || isInteger<Rows>()) {
              x = v128.load32_splat(p$r, 4 * $k);
              c$r0 = dot<D>(b0, x, c$r0, ones);
              c$r1 = dot<D>(b1, x, c$r1, ones);
            }
          }
        }
        for (let $r = 0; $r < 6; $r++) if ($r < 5 || isInteger<Rows>()) p$r += 8;
      }
      for (let $r = 0; $r < 6; $r++) if ($r < 5 || isInteger<Rows>()) p$r += skip;
    }
    const s0 = v128.load(scales + j), s1 = v128.load(scales + j, 16);
    const d0 = v128.load(bias + j), d1 = v128.load(bias + j, 16);
    let rowScale = rowScales, to = c + j, q: v128, y0: v128, y1: v128;
    // Addresses go from row to row by additions: what stands around the sums is a tenth of a short product's time. A row
    // that stands in for a missing one is not finished again: its residual may already be overwritten.
    for (let $r = 0; $r < 6; $r++) {
      if ($r < 5 || isInteger<Rows>()) {
        if (i + $r < m) {
          q = v128.load32_splat(rowScale);
          y0 = f32x4.add(f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(c$r0), s0), q), d0);
          y1 = f32x4.add(f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(c$r1), s1), q), d1);
          if (residual) {
            y0 = f32x4.add(y0, v128.load(to + toResidual));
            y1 = f32x4.add(y1, v128.load(to + toResidual, 16));
          }
          v128.store(to, f32x4.pmax(floor, y0));
          v128.store(to, f32x4.pmax(floor, y1), 16);
          rowScale += 4;
          to += row;
        }
      }
    }
  }
}
