import type { NewWindow } from "./types.ts";

/** A window in bytes: four float64 (start, end, utc or NaN, rms or NaN) and the vector's float32, little-endian. */
const NUMBERS = 4;

export const windowRowBytes = (dimensions: number): number => NUMBERS * 8 + dimensions * 4;

export function windowRow({
  start,
  end,
  utc = Number.NaN,
  rms = Number.NaN,
  vector,
}: NewWindow): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(windowRowBytes(vector.length));
  out.set(new Uint8Array(Float64Array.of(start, end, utc, rms).buffer));
  out.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), NUMBERS * 8);
  return out;
}

/** Windows of whole rows; their vectors are views, where the rows lie at a multiple of four bytes. */
export function* windowsOfRows(bytes: Uint8Array<ArrayBuffer>, dimensions: number): Generator<NewWindow> {
  const width = windowRowBytes(dimensions);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + width <= bytes.length; at += width) {
    const [start, end, utc, rms] = [0, 8, 16, 24].map((offset) => view.getFloat64(at + offset, true)) as [
      number,
      number,
      number,
      number,
    ];
    const from = bytes.byteOffset + at + NUMBERS * 8;
    const vector =
      from % 4 === 0
        ? new Float32Array(bytes.buffer, from, dimensions)
        : new Float32Array(bytes.slice(at + NUMBERS * 8, at + width).buffer);
    yield { start, end, vector, ...(Number.isNaN(utc) ? {} : { utc }), ...(Number.isNaN(rms) ? {} : { rms }) };
  }
}
