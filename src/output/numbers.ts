/** How arrays are written in records: JSON numbers, or base64 of little-endian float32. */
export const ENCODINGS = ["numbers", "base64"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Nine significant digits tell every float32 apart (IEEE 754), and are half as long as a float64's seventeen. */
const DIGITS = 9;

/** Powers of ten that float64 holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/** Numbers that read back as the same float32. */
export function jsonNumbers(values: Float32Array): number[] {
  return Array.from(values, shortened);
}

/**
 * The nearest number with nine significant digits. A whole number over an exact power of ten is rounded once, so it is
 * the float64 that the short decimal stands for, without a string made on the way.
 */
function shortened(value: number): number {
  const places = DIGITS - 1 - Math.floor(Math.log10(Math.abs(value)));
  const power = POWERS[places];
  return power === undefined ? Number(value.toPrecision(DIGITS)) : Math.round(value * power) / power;
}

/** Base64 of the array's bytes; every machine that runs this is little-endian. */
export function base64(values: Float32Array<ArrayBuffer>): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  // One step without a garbage of strings; workerd has it, Node has it from 25 on.
  if (bytes.toBase64 !== undefined) return bytes.toBase64();
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
