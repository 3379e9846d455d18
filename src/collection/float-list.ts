/** hoplite's FLOAT_LIST: float64, little-endian, one behind the other (perch_hoplite/db/sqlite_usearch_impl.py). */

/** A stretch's start and end, seconds, as hoplite keeps them. */
export function floatList(...values: readonly number[]): Uint8Array<ArrayBuffer> {
  // Every machine that runs this is little-endian.
  return new Uint8Array(Float64Array.from(values).buffer);
}

/** The numbers of a FLOAT_LIST; undefined where the bytes are none. */
export function floatListOf(bytes: Uint8Array): Float64Array | undefined {
  if (bytes.length % 8 !== 0) return undefined;
  return bytes.byteOffset % 8 === 0
    ? new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)
    : new Float64Array(bytes.slice().buffer);
}
