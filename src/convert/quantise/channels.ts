import { symmetricScale, toInt8 } from "./symmetric.ts";

/** Weights as 8-bit integers in the layout of the floats they stand for, and the scale of each output channel. */
export interface Quantised {
  readonly integers: Int8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Convolutions, [out, in, h, w]: a channel is a run. */
export function quantiseRuns(values: Float32Array, channels: number): Quantised {
  const scales = new Float32Array(channels);
  const integers = new Int8Array(values.length);
  const size = values.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    const end = (channel + 1) * size;
    let largest = 0;
    for (let at = channel * size; at < end; at++) largest = Math.max(largest, Math.abs(values[at] as number));
    const scale = symmetricScale(largest);
    scales[channel] = scale;
    for (let at = channel * size; at < end; at++) integers[at] = toInt8(values[at] as number, scale);
  }
  return { integers, scales };
}

/** Dense layers, [in, out]: a channel is a column. */
export function quantiseColumns(values: Float32Array, columns: number): Quantised {
  const largest = new Float32Array(columns);
  for (let row = 0; row < values.length; row += columns) {
    for (let column = 0; column < columns; column++) {
      const size = Math.abs(values[row + column] as number);
      if (size > (largest[column] as number)) largest[column] = size;
    }
  }
  const scales = largest.map(symmetricScale);
  const integers = new Int8Array(values.length);
  for (let row = 0; row < values.length; row += columns) {
    for (let column = 0; column < columns; column++) {
      integers[row + column] = toInt8(values[row + column] as number, scales[column] as number);
    }
  }
  return { integers, scales };
}

/** Columns `from` to `to` of a matrix [rows, columns], as a matrix of their own. */
export function columnsOf(matrix: Int8Array, columns: number, from: number, to: number): Int8Array<ArrayBuffer> {
  const rows = matrix.length / columns;
  const out = new Int8Array(rows * (to - from));
  for (let row = 0; row < rows; row++) {
    out.set(matrix.subarray(row * columns + from, row * columns + to), row * (to - from));
  }
  return out;
}
