/**
 * Polyphase FIR resampling by L / M. The taps come from src/kernels/resampler-design.ts; this file only multiplies.
 *
 * Blocking: outputs are made in groups of four neighbours. The four filters of a group are rows that start at the same
 * input sample (zeros fill the shift), so one load of input feeds four rows. Two groups of the same phase are
 * done together, so one load of taps feeds two. Eight accumulators keep both multiply-add ports busy within the
 * fifteen vector registers that V8 uses. Each output is one sum in one order, whichever way the input was cut.
 */

import { alloc } from "./memory";

// The eight sums of a tile, spilled here by `tile2` and `tile1`; a constant address needs no bounds check.
const SUMS = memory.data(128, 16);

// @ts-ignore: decorator
@inline
function total(v: v128): f32 {
  const pairs = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The four rows of `bytes` bytes whose addresses stand at `rows`, against the input at `x` and at `y`. */
function tile2(rows: usize, bytes: usize, x: usize, y: usize): void {
  let r0 = load<usize>(rows);
  let r1 = load<usize>(rows, 4);
  let r2 = load<usize>(rows, 8);
  let r3 = load<usize>(rows, 12);
  let x0 = f32x4.splat(0), x1 = x0, x2 = x0, x3 = x0, y0 = x0, y1 = x0, y2 = x0, y3 = x0;
  for (const end = r0 + bytes; r0 < end; r0 += 16, r1 += 16, r2 += 16, r3 += 16, x += 16, y += 16) {
    const xs = v128.load(x);
    const ys = v128.load(y);
    let h = v128.load(r0);
    x0 = f32x4.relaxed_madd(h, xs, x0);
    y0 = f32x4.relaxed_madd(h, ys, y0);
    h = v128.load(r1);
    x1 = f32x4.relaxed_madd(h, xs, x1);
    y1 = f32x4.relaxed_madd(h, ys, y1);
    h = v128.load(r2);
    x2 = f32x4.relaxed_madd(h, xs, x2);
    y2 = f32x4.relaxed_madd(h, ys, y2);
    h = v128.load(r3);
    x3 = f32x4.relaxed_madd(h, xs, x3);
    y3 = f32x4.relaxed_madd(h, ys, y3);
  }
  store<f32>(SUMS, total(x0));
  store<f32>(SUMS, total(x1), 4);
  store<f32>(SUMS, total(x2), 8);
  store<f32>(SUMS, total(x3), 12);
  store<f32>(SUMS, total(y0), 16);
  store<f32>(SUMS, total(y1), 20);
  store<f32>(SUMS, total(y2), 24);
  store<f32>(SUMS, total(y3), 28);
}

/** Four rows of `bytes` bytes against one stretch of input. */
// @ts-ignore: decorator
@inline
function tile1(r0: usize, r1: usize, r2: usize, r3: usize, bytes: usize, x: usize): void {
  let x0 = f32x4.splat(0), x1 = x0, x2 = x0, x3 = x0;
  for (const end = r0 + bytes; r0 < end; r0 += 16, r1 += 16, r2 += 16, r3 += 16, x += 16) {
    const xs = v128.load(x);
    x0 = f32x4.relaxed_madd(v128.load(r0), xs, x0);
    x1 = f32x4.relaxed_madd(v128.load(r1), xs, x1);
    x2 = f32x4.relaxed_madd(v128.load(r2), xs, x2);
    x3 = f32x4.relaxed_madd(v128.load(r3), xs, x3);
  }
  store<f32>(SUMS, total(x0));
  store<f32>(SUMS, total(x1), 4);
  store<f32>(SUMS, total(x2), 8);
  store<f32>(SUMS, total(x3), 12);
}

/**
 * Exact mode: one stored filter a phase.
 *
 * A cycle is `groups` groups (lcm(L, 4) outputs) and spans `advance` inputs. Group g of the cycle that starts at input
 * `x` reads from x + starts[g] and uses the rows whose addresses are rows[4 g] .. rows[4 g + 3]. Rows may overlap: where there
 * is one filter for several shifts, its rows begin at different places in the zeros before it.
 */
@unmanaged
class StoredFilters {
  /** 4 * groups addresses */
  rows: usize;
  /** Length of a row, a multiple of 16. */
  rowBytes: usize;
  /** groups int32 */
  starts: usize;
  groups: i32;
  advance: i32;
}

export function filterRows(rows: usize, rowBytes: usize, starts: usize, groups: i32, advance: i32): usize {
  const self = changetype<StoredFilters>(alloc(offsetof<StoredFilters>()));
  self.rows = rows;
  self.rowBytes = rowBytes;
  self.starts = starts;
  self.groups = groups;
  self.advance = advance;
  return changetype<usize>(self);
}

/**
 * @param first  which group of the cycle the first output belongs to
 * @param count  how many groups to make; dst receives 4 * count samples
 */
export function resampleGroups(filters: usize, x: usize, first: i32, count: i32, dst: usize): void {
  const self = changetype<StoredFilters>(filters);
  const groups = self.groups;
  const rowBytes = self.rowBytes;
  const step = <usize>groups * 16;
  const stride = <usize>self.advance * 4;
  const phases = min(groups, count);
  for (let j = 0; j < phases; j++) {
    const group = (first + j) % groups;
    const rows = self.rows + <usize>group * 16;
    let input = x + <usize>((first + j) / groups) * stride + <usize>load<i32>(self.starts + <usize>group * 4) * 4;
    let out = dst + <usize>j * 16;
    let at = j;
    for (; at + groups < count; at += 2 * groups) {
      tile2(rows, rowBytes, input, input + stride);
      v128.store(out, v128.load(SUMS));
      v128.store(out + step, v128.load(SUMS, 16));
      out += 2 * step;
      input += 2 * stride;
    }
    if (at < count) {
      tile1(load<usize>(rows), load<usize>(rows, 4), load<usize>(rows, 8), load<usize>(rows, 12), rowBytes, input);
      v128.store(out, v128.load(SUMS));
    }
  }
}

/**
 * Interpolated mode, for ratios with more phases than are worth storing: filters are stored at `phases` + 3 evenly
 * spaced positions (-1 .. phases + 1, in units of 1 / phases of an input sample) and the four around the wanted one
 * are blended by the cubic Lagrange polynomial, in float64.
 */
@unmanaged
class SpacedFilters {
  bank: usize;
  /** Length of a row, a multiple of 16. */
  rowBytes: usize;
  phases: i32;
  l: i32;
  m: i32;
}

export function spacedFilters(bank: usize, rowBytes: usize, phases: i32, l: i32, m: i32): usize {
  const self = changetype<SpacedFilters>(alloc(offsetof<SpacedFilters>()));
  self.bank = bank;
  self.rowBytes = rowBytes;
  self.phases = phases;
  self.l = l;
  self.m = m;
  return changetype<usize>(self);
}

/**
 * @param x  the input sample at which the filter of the first output starts
 * @param numerator  the first output's position past that sample, in units of 1 / l of a sample: 0 <= numerator < l
 */
export function resampleBetween(filters: usize, x: usize, numerator: i32, count: i32, dst: usize): void {
  const self = changetype<SpacedFilters>(filters);
  const rowBytes = self.rowBytes;
  const l = self.l;
  const whole = self.m / l;
  const rest = self.m % l;
  for (const end = dst + <usize>count * 4; dst < end; dst += 4) {
    const scaled = <i64>numerator * self.phases;
    const row = <usize>(scaled / l);
    const t = <f64>(scaled % l) / <f64>l;
    const taps = self.bank + row * rowBytes;
    tile1(taps, taps + rowBytes, taps + 2 * rowBytes, taps + 3 * rowBytes, rowBytes, x);
    const before = -t * (t - 1) * (t - 2) / 6 * <f64>load<f32>(SUMS);
    const left = (t + 1) * (t - 1) * (t - 2) / 2 * <f64>load<f32>(SUMS, 4);
    const right = -(t + 1) * t * (t - 2) / 2 * <f64>load<f32>(SUMS, 8);
    const after = (t + 1) * t * (t - 1) / 6 * <f64>load<f32>(SUMS, 12);
    store<f32>(dst, <f32>(before + left + right + after));
    numerator += rest;
    x += <usize>whole * 4;
    if (numerator >= l) {
      numerator -= l;
      x += 4;
    }
  }
}
