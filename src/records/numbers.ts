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

/** The same as lists of lists, one level a dimension; a vector, or a single number, is one list. */
export function nestedNumbers(values: Float32Array, shape: readonly number[]): unknown[] {
  if (shape.length < 2) return jsonNumbers(values);
  const [rows, ...inner] = shape as [number, ...number[]];
  const size = values.length / rows;
  return Array.from({ length: rows }, (_, row) => nestedNumbers(values.subarray(row * size, (row + 1) * size), inner));
}

/**
 * The float32s of what `nestedNumbers` gave; undefined where `lists` is not of `shape` or holds something else than
 * numbers.
 */
export function numbersOf(lists: unknown, shape: readonly number[]): Float32Array<ArrayBuffer> | undefined {
  const flat: number[] = [];
  const take = (list: unknown, [length = 1, ...inner]: readonly number[]): boolean => {
    if (!Array.isArray(list) || list.length !== length) return false;
    return list.every((one: unknown) => {
      if (inner.length > 0) return take(one, inner);
      return typeof one === "number" && flat.push(one) > 0;
    });
  };
  return take(lists, shape) ? Float32Array.from(flat) : undefined;
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

/** The `size` float32s of what `base64` gave; undefined where the text is of another length or no base64. */
export function floatsOf(text: string, size: number): Float32Array<ArrayBuffer> | undefined {
  if (text.length !== 4 * Math.ceil((4 * size) / 3)) return undefined;
  const bytes = bytesOf(text);
  return bytes?.length === 4 * size ? new Float32Array(bytes.buffer) : undefined;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    // As above; browsers have it, too.
    if (Uint8Array.fromBase64 !== undefined) return Uint8Array.fromBase64(text);
    const characters = atob(text);
    const bytes = new Uint8Array(characters.length);
    for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
    return bytes;
  } catch {
    // It is no base64: the caller says which array.
    return undefined;
  }
}
