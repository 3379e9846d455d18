/**
 * The rising half of each window, by shape; the falling half is its mirror. ISO/IEC 14496-3:2009, 4.6.11.3.2: sine, and
 * Kaiser-Bessel derived with alpha 4 (long) and 6 (short).
 */

import { alloc } from "../memory";

/** float64[128] for each shape. */
const shortSlopes = shortTables();
/** float64[1024]: for each shape the slope of a long window, then the one from or to short windows. */
const longSlopes = longTables();

/** Rising slope of a short window: 128 float64. */
export function shortSlope(shape: i32): usize {
  return shortSlopes + shape * 128 * 8;
}

/** Rising slope of a long window: 1024 float64. With `steep` it is that of the short one between flat parts. */
export function longSlope(shape: i32, steep: bool): usize {
  return longSlopes + (shape * 2 + (steep ? 1 : 0)) * 1024 * 8;
}

function shortTables(): usize {
  const table = alloc(2 * 128 * 8);
  sine(table, 128);
  kaiserBessel(table + 128 * 8, 128, 6);
  return table;
}

function longTables(): usize {
  const table = alloc(4 * 1024 * 8);
  sine(table, 1024);
  steep(table + 1024 * 8, shortSlope(0));
  kaiserBessel(table + 2 * 1024 * 8, 1024, 4);
  steep(table + 3 * 1024 * 8, shortSlope(1));
  return table;
}

function sine(at: usize, length: i32): void {
  for (let n = 0; n < length; n++) {
    store<f64>(at + n * 8, NativeMath.sin((NativeMath.PI / <f64>(2 * length)) * (<f64>n + 0.5)));
  }
}

/** Root of the running sum of a Kaiser window of length + 1 points over its whole sum. */
function kaiserBessel(at: usize, length: i32, alpha: f64): void {
  let sum: f64 = 0;
  for (let n = 0; n < length; n++) {
    sum += kaiser(n, length, alpha);
    store<f64>(at + n * 8, sum);
  }
  sum += kaiser(length, length, alpha);
  for (let n = 0; n < length; n++) store<f64>(at + n * 8, sqrt(load<f64>(at + n * 8) / sum));
}

function kaiser(n: i32, length: i32, alpha: f64): f64 {
  const middle = 0.5 * <f64>length;
  const r = (<f64>n - middle) / middle;
  return bessel(NativeMath.PI * alpha * sqrt(1 - r * r));
}

/** The modified Bessel function I0, by its series. */
function bessel(x: f64): f64 {
  let sum: f64 = 1;
  let term: f64 = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= ((0.5 * x) / <f64>k) * ((0.5 * x) / <f64>k);
    sum += term;
  }
  return sum;
}

/** Start and stop windows: 448 zeros, the slope of a short window, 448 ones. */
function steep(at: usize, short: usize): void {
  memory.copy(at + 448 * 8, short, 128 * 8);
  for (let n = 448 + 128; n < 1024; n++) store<f64>(at + n * 8, 1);
}
