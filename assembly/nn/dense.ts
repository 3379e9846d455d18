import { floorOf, Fused, highHalves, lowHalves, madd, zipHigh, zipLow } from "./arith";
import { DenseCall } from "./calls";
import { TOTALS } from "./scratch";

/**
 * Dense layers, whose weights are used once a batch: how fast they are is how fast memory gives the weights. They lie in
 * panels of four columns, [n / 4][k][4], and each panel is read as four streams from the four quarters of K, because
 * one stream stops at every page. One row and eight rows sum in the same order, so a window's numbers do not depend
 * on its company.
 *
 * K may be tens of thousands, and one long float32 sum loses a digit on its way: each BLOCK of every quarter is summed
 * on its own, and added to a total.
 *
 * k is a multiple of 16, n a multiple of 8.
 */

/** Products of each quarter that are summed before they go to the total. */
const BLOCK: usize = 64;

export function dense(call: DenseCall): void {
  if (call.rows == 1) return dense1(call);
  for (let r = 0; r < call.rows; r += 8) dense8(call, r);
}

/** One row: two panels at a time. */
function dense1(call: DenseCall): void {
  const x = call.x, k = call.k, end = x + <usize>k;
  const panel = <usize>k * 16, stream = <usize>k * 4;
  const floor = floorOf(call.relu);
  let bias = call.bias, y = call.y;
  for (let j = 0; j < call.n; j += 8) {
    let w = call.weights + <usize>j * <usize>(k * 4);
    let total0 = v128.load(bias), total1 = v128.load(bias, 16);
    for (let p = x; p < end; ) {
      let c0 = f32x4.splat(0), c1 = c0, s: v128;
      for (const stop = min(end, p + BLOCK * 4); p < stop; p += 4, w += 16) {
        const v = w + panel;
        for (let $q = 0; $q < 4; $q++) {
          s = v128.load32_splat(p + $q * <usize>k);
          c0 = madd<Fused>(s, v128.load(w + $q * stream), c0);
          c1 = madd<Fused>(s, v128.load(v + $q * stream), c1);
        }
      }
      total0 = f32x4.add(total0, c0);
      total1 = f32x4.add(total1, c1);
    }
    v128.store(y, f32x4.pmax(floor, total0));
    v128.store(y, f32x4.pmax(floor, total1), 16);
    y += 32;
    bias += 32;
  }
}

/**
 * Two to eight rows from `first`; the last row stands in for those that are not there. The rows are transposed to [k][8]
 * first, and instead of spreading a row's number over a vector, the vector of weights is rotated: accumulator (d, g) holds
 * in lane l row 4 g + l, column (l + d) mod 4, so that three rotations serve eight products.
 */
function dense8(call: DenseCall, first: i32): void {
  const k = call.k, packed = call.packed, rows = min(8, call.rows - first);
  packRows(call.x + <usize>first * <usize>(k * 4), rows, k, packed);
  const floor = floorOf(call.relu);
  const row = <usize>call.n * 4, last = rows - 1;
  const stream = <usize>k * 4, part = <usize>k * 8;
  let weights = call.weights, bias = call.bias, y = call.y + <usize>first * row;
  for (let j = 0; j < call.n; j += 4) {
    setTotals(v128.load(bias));
    let w = weights;
    for (let p = packed, end = packed + part; p < end; ) {
      for (let $d = 0; $d < 4; $d++) let c$d0 = f32x4.splat(0), c$d1 = f32x4.splat(0);
      for (const stop = min(end, p + BLOCK * 32); p < stop; p += 32, w += 16) {
        let from = p, x0: v128, x1: v128, v: v128;
        for (let $q = 0; $q < 4; $q++) {
          x0 = v128.load(from);
          x1 = v128.load(from, 16);
          v = v128.load(w + $q * stream);
          for (let $d = 0; $d < 4; $d++) {
            c$d0 = madd<Fused>(x0, v, c$d0);
            c$d1 = madd<Fused>(x1, v, c$d1);
            if ($d < 3) v = rotate(v);
          }
          from += part;
        }
      }
      for (let $d = 0; $d < 4; $d++) {
        addToTotal(2 * $d, c$d0);
        addToTotal(2 * $d + 1, c$d1);
      }
    }
    weights += 4 * stream;
    storeRows(total(0), total(2), total(4), total(6), y, row, 0, last, floor);
    storeRows(total(1), total(3), total(5), total(7), y, row, 4, last, floor);
    y += 16;
    bias += 16;
  }
}

// @ts-ignore: decorator
@inline
function total(which: usize): v128 {
  return v128.load(TOTALS + 16 * which);
}

// @ts-ignore: decorator
@inline
function addToTotal(which: usize, sum: v128): void {
  v128.store(TOTALS + 16 * which, f32x4.add(total(which), sum));
}

/** Totals 2 d and 2 d + 1 begin with the bias as accumulators (d, 0) and (d, 1) hold it. */
// @ts-ignore: decorator
@inline
function setTotals(bias: v128): void {
  for (let which: usize = 0; which < 8; which += 2, bias = rotate(bias)) {
    v128.store(TOTALS + 16 * which, bias);
    v128.store(TOTALS + 16 * which, bias, 16);
  }
}

/** [c0 c1 c2 c3] to [c1 c2 c3 c0]. */
// @ts-ignore: decorator
@inline
function rotate(x: v128): v128 {
  return i8x16.shuffle(x, x, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3);
}

/** Undoes the rotation: row l of the four has column c in lane l of accumulator (c - l) mod 4. */
// @ts-ignore: decorator
@inline
function storeRows(c0: v128, c1: v128, c2: v128, c3: v128, y: usize, row: usize, at: i32, last: i32, floor: v128): void {
  // Stored from the last row up, so that a row that stands in for missing ones is written by itself at the end.
  const r3 = highHalves(zipHigh(c1, c2), zipHigh(c3, c0)), r2 = lowHalves(zipHigh(c2, c3), zipHigh(c0, c1));
  const r1 = highHalves(zipLow(c3, c0), zipLow(c1, c2)), r0 = lowHalves(zipLow(c0, c1), zipLow(c2, c3));
  v128.store(y + <usize>min(at + 3, last) * row, f32x4.pmax(floor, r3));
  v128.store(y + <usize>min(at + 2, last) * row, f32x4.pmax(floor, r2));
  v128.store(y + <usize>min(at + 1, last) * row, f32x4.pmax(floor, r1));
  v128.store(y + <usize>min(at, last) * row, f32x4.pmax(floor, r0));
}

/** x [rows][k] to [k][8]. */
function packRows(x: usize, rows: i32, k: i32, to: usize): void {
  const row = <usize>k * 4;
  for (let half = 0; half < 8; half += 4) {
    let p0 = x + <usize>min(half, rows - 1) * row, p1 = x + <usize>min(half + 1, rows - 1) * row;
    let p2 = x + <usize>min(half + 2, rows - 1) * row, p3 = x + <usize>min(half + 3, rows - 1) * row;
    let at = to + <usize>half * 4;
    for (const end = p0 + row; p0 < end; p0 += 16, p1 += 16, p2 += 16, p3 += 16, at += 128) {
      const x0 = v128.load(p0), x1 = v128.load(p1), x2 = v128.load(p2), x3 = v128.load(p3);
      const t0 = zipLow(x0, x1), t1 = zipLow(x2, x3), t2 = zipHigh(x0, x1), t3 = zipHigh(x2, x3);
      v128.store(at, lowHalves(t0, t1));
      v128.store(at, highHalves(t0, t1), 32);
      v128.store(at, lowHalves(t2, t3), 64);
      v128.store(at, highHalves(t2, t3), 96);
    }
  }
}
