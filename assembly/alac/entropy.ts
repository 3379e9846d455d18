/**
 * Residuals of one channel: adaptive Golomb codes and runs of zeros. After Apple's description of its codec
 * (macosforge/alac, codec/ag_dec.c, Apache License 2.0).
 */

import { overrun, peek, read, skip } from "../bits";

/** Bits of fraction of the mean. */
const QB_SHIFT: i32 = 9;
const QB: u32 = 1 << QB_SHIFT;
/** A prefix of so many ones is followed by the number itself. */
const LONGEST_PREFIX: i32 = 9;
/** Above this a mean is taken as this. */
const MEAN_CLAMP: u32 = 0xffff;
/** The longest run of zeros that one code says. */
const LONGEST_RUN: u32 = 0xffff;

/** A code with `k` bits behind its prefix, whose steps are `m`, or the number itself in `bits` bits. */
// @ts-ignore: decorator
@inline
function readCode(m: u32, k: i32, bits: i32): u32 {
  const prefix = <i32>clz(~peek());
  if (prefix >= LONGEST_PREFIX) {
    skip(LONGEST_PREFIX);
    return <u32>read(bits);
  }
  skip(prefix + 1);
  if (k == 1) return prefix;
  const value = peek() >>> (32 - k);
  if (value < 2) {
    skip(k - 1);
    return <u32>prefix * m;
  }
  skip(k);
  return <u32>prefix * m + value - 1;
}

/**
 * Writes `count` residuals, as i32, to `to`.
 * @param start, speed, limit  of the mean: where it begins, how fast it follows, and the most bits of a code
 * @param bits  of a sample
 * @returns whether the bits sufficed
 */
export function readResidual(to: usize, count: i32, start: u32, speed: u32, limit: i32, bits: i32): bool {
  let mean = start;
  let afterRun: u32 = 0;
  for (let i = 0; i < count; ) {
    let k = 31 - <i32>clz((mean >> QB_SHIFT) + 3);
    if (k > limit) k = limit;
    const code = readCode((1 << k) - 1, k, bits);
    const folded = code + afterRun;
    store<i32>(to + ((<usize>i) << 2), <i32>((folded + 1) >> 1) * (folded & 1 ? -1 : 1));
    i++;
    mean = speed * folded + mean - ((speed * mean) >> QB_SHIFT);
    if (code > MEAN_CLAMP) mean = MEAN_CLAMP;
    afterRun = 0;
    if (mean << 2 < QB && i < count) {
      const runBits = <i32>clz(mean) - 24 + <i32>((mean + 16) >> 6);
      const m = ((1 << runBits) - 1) & ((1 << limit) - 1);
      const run = readCode(m, runBits, 16);
      if (run > <u32>(count - i)) return false;
      memory.fill(to + ((<usize>i) << 2), 0, <usize>run << 2);
      i += <i32>run;
      afterRun = run < LONGEST_RUN ? 1 : 0;
      mean = 0;
    }
    if (overrun()) return false;
  }
  return true;
}
