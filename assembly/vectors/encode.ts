/** Vectors to codes of signs. */

import { rotate, signBits } from "./rotate";
import { sum } from "./scores";

// @ts-ignore: decorator
@inline
function product(a: usize, b: usize, size: usize): f32 {
  let acc = f32x4.splat(0);
  for (const end = a + 4 * size; a < end; a += 16, b += 16) acc = f32x4.relaxed_madd(v128.load(a), v128.load(b), acc);
  return sum(acc);
}

/**
 * Codes of `count` vectors, and their facts (see codes.ts).
 * @param x  [count, size] float32, zeros behind the vector's own numbers; they are brought to length 1. `size` is a power of
 *   two, 8 or more
 * @param mean  [size], of vectors of length 1
 * @param signs  [rotations, rounds, size] of 1 and -1
 * @param work  [size], written over
 * @param codes  [count, rotations * size / 8] bytes
 * @param facts  [count, 3] float32: distance from the mean and product with it, both at length 1; the vector's own length
 */
export function encode(
  x: usize, count: u32, size: usize, mean: usize, signs: usize, rotations: i32, rounds: i32, work: usize, codes: usize,
  facts: usize,
): void {
  const bytes: usize = size << 2;
  for (; count > 0; count--, x += bytes, facts += 12) {
    const length = sqrt<f32>(product(x, x, size));
    const scale = f32x4.splat(length > 0 ? 1 / length : 0);
    let apart = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      const unit = f32x4.mul(v128.load(x + at), scale);
      v128.store(x + at, unit);
      const difference = f32x4.sub(unit, v128.load(mean + at));
      apart = f32x4.relaxed_madd(difference, difference, apart);
    }
    store<f32>(facts, sqrt<f32>(sum(apart)));
    store<f32>(facts, product(x, mean, size), 4);
    store<f32>(facts, length, 8);
    for (let rotation = 0; rotation < rotations; rotation++, codes += size >> 3) {
      memory.copy(work, x, bytes);
      rotate(work, size, mean, signs + <usize>rotation * rounds * bytes, rounds);
      signBits(work, size, codes);
    }
  }
}
