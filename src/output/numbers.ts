/** How arrays are written in records: JSON numbers, or base64 of little-endian float32. */
export const ENCODINGS = ["numbers", "base64"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Nine significant digits tell every float32 apart (IEEE 754), and are half as long as a float64's seventeen. */
const DIGITS = 9;

/** Numbers that read back as the same float32. */
export function jsonNumbers(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(DIGITS)));
}

/** Base64 of the array's bytes; every machine that runs this is little-endian. */
export function base64(values: Float32Array<ArrayBuffer>): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
