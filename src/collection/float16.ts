/** IEEE 754 binary16, which hoplite's index keeps vectors in. */

/** The largest number that float16 holds; what is larger is written as this, and not as infinity. */
export const LARGEST_FLOAT16 = 65504;

/** The bits of it as float32, and of the smallest normal half, 2^-14. */
const LARGEST_BITS = 0x477fe000;
const SMALLEST_NORMAL_BITS = 0x38800000;

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** float32 to float16, to the nearest, ties to even; clipped to ±65504. */
export function toFloat16(values: Float32Array, out = new Uint16Array(values.length)): Uint16Array {
  const all = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let at = 0; at < all.length; at++) {
    const bits = all[at] as number;
    const sign = (bits >>> 16) & 0x8000;
    const magnitude = Math.min(bits & 0x7fffffff, LARGEST_BITS);
    // Half of the last place, less one where the place before it is even: ties go to even.
    const normal = (magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13;
    out[at] = sign | (magnitude < SMALLEST_NORMAL_BITS ? subnormal(magnitude) : normal);
  }
  return out;
}

/** Subnormal halves go in steps of 2^-24: a float32's own fraction rounds to them when 0.5 is added. */
function subnormal(magnitude: number): number {
  if (magnitude === 0) return 0;
  BITS[0] = magnitude;
  FLOAT[0] = (FLOAT[0] as number) + 0.5;
  return (BITS[0] as number) - 0x3f000000;
}

/** float16 to float32, exactly. */
export function fromFloat16(halves: Uint16Array, out: Float32Array = new Float32Array(halves.length)): Float32Array {
  for (let at = 0; at < halves.length; at++) {
    const half = halves[at] as number;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const size =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction === 0
            ? Number.POSITIVE_INFINITY
            : Number.NaN
          : (1024 + fraction) * 2 ** (exponent - 25);
    out[at] = half & 0x8000 ? -size : size;
  }
  return out;
}
