/**
 * The arithmetic that every kernel shares.
 *
 * A kernel that takes `T` exists twice. `Fused` uses one fused multiply-add where relaxed SIMD exists: fastest, and
 * right to float32 rounding, but the last bit depends on the CPU. `Strict` always multiplies and then adds: the same
 * bits on every CPU, which the int8 nets promise.
 */
export type Fused = i32;
export type Strict = f32;

/** a * b + c */
// @ts-ignore: decorator
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    if (isInteger<T>()) return f32x4.relaxed_madd(a, b, c);
  }
  return f32x4.add(f32x4.mul(a, b), c);
}

/** 1 + 2^-13, and minus its square less the last bit, 2^-26, that only a fused multiply-add keeps. */
const FACTOR = memory.data<f32>([1.0001220703125], 16);
const MINUS_SQUARE = memory.data<f32>([-1.000244140625], 16);

/** Whether the CPU's relaxed multiply-add is one instruction: everywhere but on x86-64 without FMA. */
export function fusesMadd(): bool {
  if (!ASC_FEATURE_RELAXED_SIMD) return false;
  const factor = v128.load32_splat(FACTOR);
  return f32x4.extract_lane(madd<Fused>(factor, factor, v128.load32_splat(MINUS_SQUARE)), 0) != 0;
}

/** c - a * b */
// @ts-ignore: decorator
@inline
export function nmadd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    if (isInteger<T>()) return f32x4.relaxed_nmadd(a, b, c);
  }
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** What results are raised to: 0 for a ReLU, else what changes nothing. `pmax(floor, x)` is one instruction. */
// @ts-ignore: decorator
@inline
export function floorOf(relu: i32): v128 {
  return f32x4.splat(relu ? 0 : -Infinity);
}

// One lane in all four: i8x16.shuffle with these patterns is a single vpshufd.
// @ts-ignore: decorator
@inline
export function lane0(x: v128): v128 {
  return i8x16.shuffle(x, x, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
}
// @ts-ignore: decorator
@inline
export function lane1(x: v128): v128 {
  return i8x16.shuffle(x, x, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
}
// @ts-ignore: decorator
@inline
export function lane2(x: v128): v128 {
  return i8x16.shuffle(x, x, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11);
}
// @ts-ignore: decorator
@inline
export function lane3(x: v128): v128 {
  return i8x16.shuffle(x, x, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
}

// Halves of a 4x4 transpose: the even or the odd 8 bytes of two vectors, and their interleaved floats.
// @ts-ignore: decorator
@inline
export function zipLow(x: v128, y: v128): v128 {
  return i8x16.shuffle(x, y, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}
// @ts-ignore: decorator
@inline
export function zipHigh(x: v128, y: v128): v128 {
  return i8x16.shuffle(x, y, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}
// @ts-ignore: decorator
@inline
export function lowHalves(x: v128, y: v128): v128 {
  return i8x16.shuffle(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}
// @ts-ignore: decorator
@inline
export function highHalves(x: v128, y: v128): v128 {
  return i8x16.shuffle(x, y, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

/**
 * Whole numbers in all lanes, by a load: V8 makes a constant vector anew wherever it stands, in three instructions, loops
 * included. A load at a constant address is one, and stays in its register where it can.
 */
const WHOLE = memory.data<f32>([2, 2, 2, 2, 4, 4, 4, 4, 5, 5, 5, 5, 8, 8, 8, 8], 16);
// @ts-ignore: decorator
@inline
export function two(): v128 {
  return v128.load(WHOLE);
}
// @ts-ignore: decorator
@inline
export function four(): v128 {
  return v128.load(WHOLE, 16);
}
// @ts-ignore: decorator
@inline
export function five(): v128 {
  return v128.load(WHOLE, 32);
}
// @ts-ignore: decorator
@inline
export function eight(): v128 {
  return v128.load(WHOLE, 48);
}
