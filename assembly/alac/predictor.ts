/**
 * Samples from their residuals: an adaptive linear predictor, whose coefficients follow the signs of what it missed. After
 * Apple's description of its codec (macosforge/alac, codec/dp_dec.c, Apache License 2.0).
 */

/** With so many coefficients each sample is predicted to be the one before it. */
export const PLAIN: i32 = 31;

// @ts-ignore: decorator
@inline
function sign(value: i32): i32 {
  return (value >> 31) | i32(value > 0);
}

/**
 * In place.
 * @param at  i32
 * @param coefficients  i16, the last sample's first; they change
 * @param bits  of a sample: sums begin again beyond them
 */
export function unpredict(at: usize, count: i32, coefficients: usize, order: i32, bits: i32, shift: i32): void {
  if (order == 0 || count == 0) return;
  const spare = 32 - bits;
  const plain = order == PLAIN;
  const first = plain ? count : min(count, order + 1);
  let before = load<i32>(at);
  for (let i = 1; i < first; i++) {
    const place = at + ((<usize>i) << 2);
    before = ((before + load<i32>(place)) << spare) >> spare;
    store<i32>(place, before);
  }
  if (plain) return;
  const half = shift > 0 ? 1 << (shift - 1) : 0;
  for (let i = first; i < count; i++) {
    const place = at + ((<usize>i) << 2);
    const base = load<i32>(place - ((<usize>(order + 1)) << 2));
    let sum = half;
    for (let j = 0; j < order; j++) {
      const past = load<i32>(place - ((<usize>(j + 1)) << 2));
      sum += <i32>load<i16>(coefficients + ((<usize>j) << 1)) * (past - base);
    }
    const residual = load<i32>(place);
    store<i32>(place, ((residual + base + (sum >> shift)) << spare) >> spare);
    let left = residual;
    const direction = sign(residual);
    if (direction == 0) continue;
    for (let j = order - 1; j >= 0; j--) {
      const difference = base - load<i32>(place - ((<usize>(j + 1)) << 2));
      const turn = sign(difference) * direction;
      const c = coefficients + ((<usize>j) << 1);
      store<i16>(c, load<i16>(c) - <i16>turn);
      left -= (order - j) * ((turn * difference) >> shift);
      if (direction > 0 ? left <= 0 : left >= 0) break;
    }
  }
}
