import fc from "fast-check";

/** `whole` in pieces of `sizes` samples or bytes, taken in turn and round again. */
export function cut<T extends { readonly length: number; subarray(from: number, to: number): T }>(
  whole: T,
  sizes: readonly number[],
): T[] {
  const pieces: T[] = [];
  const step = sizes.some((size) => size > 0) ? sizes : [whole.length];
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const size = step[turn % step.length] as number;
    pieces.push(whole.subarray(at, Math.min(at + size, whole.length)));
    at += size;
  }
  return pieces;
}

/** Ways to cut: single items and nothing at all, a few, and long runs up to `longest`. */
export function ways(longest: number): fc.Arbitrary<number[]> {
  const size = fc.oneof(fc.constantFrom(0, 1, 1, 2, 3), fc.integer({ min: 1, max: 40 }), fc.nat(longest));
  return fc.array(size, { minLength: 1, maxLength: 12 });
}
