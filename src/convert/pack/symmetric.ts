/**
 * Symmetric 8-bit integers: value = scale * q with q in -127 .. 127. Zero stays zero, and -128 is left away so that both
 * signs have one step. Rounding is then at most half a scale off.
 */
export const LARGEST_INT8 = 127;

/** The scale, as float32, at which values up to `largest` in magnitude fit; 0 where there is nothing but zeros. */
export function symmetricScale(largest: number): number {
  return Math.fround(largest / LARGEST_INT8);
}

export function toInt8(value: number, scale: number): number {
  if (scale === 0) return 0;
  return Math.max(-LARGEST_INT8, Math.min(LARGEST_INT8, Math.round(value / scale)));
}
