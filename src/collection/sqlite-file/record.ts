import type { SqlValue } from "../sql.ts";

/** A row as SQLite keeps it (sqlite.org/fileformat2.html, section 2.1): the types of its values, then the values. */

const UTF8 = new TextEncoder();

/** SQLite's varint: seven bits a byte, the highest first. @param value  a whole number of 0 to 2^53 - 1 */
export function varint(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(128 + (rest % 128));
  return bytes;
}

/** Serial types of whole numbers of 1, 2, 3, 4, 6 and 8 bytes. */
const WHOLE = [
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 4],
  [5, 6],
  [6, 8],
] as const;

/** A value's serial type and bytes. @param real  whether its column keeps whole numbers as floating-point ones, too */
function serial(value: SqlValue, real: boolean): readonly [type: number, bytes: Uint8Array] {
  if (value === null) return [0, new Uint8Array(0)];
  if (value instanceof Uint8Array) return [12 + 2 * value.length, value];
  if (typeof value === "string") {
    const bytes = UTF8.encode(value);
    return [13 + 2 * bytes.length, bytes];
  }
  const view = new DataView(new ArrayBuffer(8));
  if (real || !Number.isSafeInteger(value)) {
    view.setFloat64(0, value);
    return [7, new Uint8Array(view.buffer)];
  }
  view.setBigInt64(0, BigInt(value));
  const [type, length] = WHOLE.find(([, bytes]) => Math.abs(value + 0.5) < 2 ** (8 * bytes - 1)) ?? [6, 8];
  return [type, new Uint8Array(view.buffer).subarray(8 - length)];
}

/** @param reals  of each value, whether its column is one of floating-point numbers */
export function record(values: readonly SqlValue[], reals: readonly boolean[]): Uint8Array<ArrayBuffer> {
  const parts = values.map((value, at) => serial(value, reals[at] === true));
  const types = parts.flatMap(([type]) => varint(type));
  // The header's length counts itself.
  const length = varint(types.length + 1).length === 1 ? types.length + 1 : types.length + 2;
  const header = [...varint(length), ...types];
  const out = new Uint8Array(header.length + parts.reduce((sum, [, bytes]) => sum + bytes.length, 0));
  out.set(header);
  let at = header.length;
  for (const [, bytes] of parts) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}
