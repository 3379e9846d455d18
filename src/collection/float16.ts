/** IEEE 754 binary16, which hoplite's index keeps vectors in. */

/** The largest number that float16 holds; what is larger is written as this, and not as infinity. */
export const LARGEST_FLOAT16 = 65504;

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** float32 to float16, to the nearest, ties to even; clipped to ±65504. */
export function toFloat16(values: Float32Array, out = new Uint16Array(values.length)): Uint16Array {
  for (let at = 0; at < values.length; at++) {
    FLOAT[0] = Math.min(LARGEST_FLOAT16, Math.max(-LARGEST_FLOAT16, values[at] as number));
    out[at] = halfOf(BITS[0] as number);
  }
  return out;
}

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  // Below 2^-14 halves are subnormal, in steps of 2^-24; a float32's own fraction rounds when 0.5 (in such steps) is added.
  if (magnitude < 0x38800000) {
    FLOAT[0] = 0;
    BITS[0] = magnitude;
    FLOAT[0] = (FLOAT[0] as number) + 0.5;
    return sign | ((BITS[0] as number) - 0x3f000000);
  }
  // Half of the last place, less one where the place before it is even: ties go to even.
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
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
