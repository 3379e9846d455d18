/**
 * A random rotation without a matrix: signs that change at random, and the Walsh-Hadamard transform, in rounds. What lay in
 * few of a vector's numbers lies in all of them afterwards, so that their signs say something (ANSWERS: docs/collections.md,
 * "Codes").
 */

/** One step of the transform: sums and differences of numbers `span` apart; `span` is 4 or more. */
// @ts-ignore: decorator
@inline
function butterflies(x: usize, bytes: usize, span: usize): void {
  const width: usize = span << 2;
  for (let block = x; block < x + bytes; block += 2 * width) {
    for (let at = block; at < block + width; at += 16) {
      const a = v128.load(at);
      const b = v128.load(at + width);
      v128.store(at, f32x4.add(a, b));
      v128.store(at + width, f32x4.sub(a, b));
    }
  }
}

/** The steps of spans 1 and 2, which lie within a vector of four. */
// @ts-ignore: decorator
@inline
function inner(x: usize, bytes: usize): void {
  for (let at = x; at < x + bytes; at += 16) {
    let v = v128.load(at);
    // a b c d -> a+b a-b c+d c-d
    let flipped = f32x4.mul(v, f32x4(1, -1, 1, -1));
    v = f32x4.add(i8x16.shuffle(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11), flipped);
    // a b c d -> a+c b+d a-c b-d
    flipped = f32x4.mul(v, f32x4(1, 1, -1, -1));
    v = f32x4.add(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7), flipped);
    v128.store(at, v);
  }
}

/**
 * Rotates in place, but for the length, which grows by a constant.
 * @param x  [size] float32; `size` is a power of two, 4 or more
 * @param mean  [size], taken off first
 * @param signs  [rounds, size] of 1 and -1
 */
export function rotate(x: usize, size: usize, mean: usize, signs: usize, rounds: i32): void {
  const bytes: usize = size << 2;
  for (let at: usize = 0; at < bytes; at += 16) v128.store(x + at, f32x4.sub(v128.load(x + at), v128.load(mean + at)));
  for (let round = 0; round < rounds; round++, signs += bytes) {
    for (let at: usize = 0; at < bytes; at += 16) v128.store(x + at, f32x4.mul(v128.load(x + at), v128.load(signs + at)));
    inner(x, bytes);
    for (let span: usize = 4; span < size; span <<= 1) butterflies(x, bytes, span);
  }
}

/** A bit for each number, set where it is negative: number 0 is bit 0 of byte 0. @param size  a multiple of 8 */
export function signBits(x: usize, size: usize, out: usize): void {
  for (let at: usize = 0; at < size; at += 8, x += 32, out++)
    store<u8>(out, i32x4.bitmask(v128.load(x)) | (i32x4.bitmask(v128.load(x, 16)) << 4));
}
