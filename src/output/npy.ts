/** Arrays that NumPy can hold and that we write. */
export type NpyArray = Float32Array | Float64Array | Uint8Array | BigInt64Array;

const KINDS: readonly (readonly [constructor: new (...args: never[]) => NpyArray, descr: string])[] = [
  [Float32Array, "<f4"],
  [Float64Array, "<f8"],
  [Uint8Array, "|u1"],
  // Milliseconds since 1970, which NumPy knows as a type of its own: datetime64[ms].
  [BigInt64Array, "<M8[ms]"],
];

/** The header of an .npy file, version 1.0 (numpy.lib.format), for `shape` in row-major order. */
export function npyHeader(values: NpyArray, shape: readonly number[]): Uint8Array {
  const descr = KINDS.find(([kind]) => values instanceof kind)?.[1] as string;
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The data starts at a multiple of 64 bytes; the text ends with a line feed.
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const out = new Uint8Array(10 + padded.length);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8]);
  out.set(new TextEncoder().encode(padded), 10);
  return out;
}
