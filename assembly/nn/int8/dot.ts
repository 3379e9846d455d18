/**
 * acc + the products of the bytes of `w` and `x`, four to a lane. `x` is between 0 and 127, so that no instruction that
 * a CPU may use for it saturates: every form below gives the same integers.
 *
 * Which form is fastest depends on the CPU, and is found out by one instruction, not by a clock.
 */

/** One instruction: AVX-VNNI's vpdpbusd, ARM's sdot. */
export type Direct = i8;
/** Where V8 would emulate that (x64 without VNNI): vpmaddubsw, and vpmaddwd by ones. */
export type Pairs = i16;
/** Without relaxed SIMD. */
export type Plain = i32;
/** `w` and `x` are 16-bit, two to a lane. */
export type Words = i64;

/**
 * Eight ones of 16 bits, for `dot`, in a variable before the loop: what V8 makes of extadd_pairwise takes the address of
 * its own ones anew each time, a sixth of the whole product's time.
 */
// @ts-ignore: decorator
@inline
export function onesOfDot(): v128 {
  return v128.load(ONES);
}
const ONES = memory.data<i16>([1, 1, 1, 1, 1, 1, 1, 1], 16);

// @ts-ignore: decorator
@inline
export function dot<D>(w: v128, x: v128, acc: v128, ones: v128): v128 {
  if (sizeof<D>() == sizeof<Words>()) return i32x4.add(acc, i32x4.dot_i16x8_s(w, x));
  if (ASC_FEATURE_RELAXED_SIMD) {
    if (sizeof<D>() == sizeof<Direct>()) return i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, acc);
    if (sizeof<D>() == sizeof<Pairs>()) {
      return i32x4.add(acc, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(w, x), ones));
    }
  }
  const even = i16x8.mul(i16x8.shr_s(i16x8.shl(w, 8), 8), v128.and(x, i16x8.splat(255)));
  const odd = i16x8.mul(i16x8.shr_s(w, 8), i16x8.shr_u(x, 8));
  return i32x4.add(acc, i32x4.extadd_pairwise_i16x8_s(i16x8.add(even, odd)));
}

/** Four products 127 * 255, the second operand out of its range on purpose. */
const PROBE = memory.data<u8>([127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127], 16);
const PROBE_OUT_OF_RANGE = memory.data<u8>(
  [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
  16,
);
/** What vpmaddubsw makes of them; vpdpbusd gives 129540 and sdot -508. */
const SATURATED_PAIRS = 65534;

/** Whether Direct is one instruction here. */
export function hasDirectDot(): bool {
  if (!ASC_FEATURE_RELAXED_SIMD) return false;
  const sum = dot<Direct>(v128.load(PROBE), v128.load(PROBE_OUT_OF_RANGE), i32x4.splat(0), onesOfDot());
  return i32x4.extract_lane(sum, 0) != SATURATED_PAIRS;
}
