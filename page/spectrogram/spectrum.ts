import FFT from "fft.js";
import { type Band, hertzAt } from "./frequency-scale.ts";

/** Decibels of a tile's bytes: 0 is this or less, 255 is full scale. */
export const LOWEST_DB = -140;
export const dbOf = (value: number) => LOWEST_DB * (1 - value / 255);
export const byteOf = (db: number) => Math.max(0, Math.min(255, Math.round(255 * (1 - db / LOWEST_DB))));

/** The power of frames of a sound in rows of a picture; a sine of full scale is 0 dB. Windows are Hann's. */
export class Spectrum {
  readonly size: number;
  readonly #fft: FFT;
  readonly #window: Float64Array;
  readonly #input: number[];
  readonly #output: number[];
  /** Of the frames that were added since the last column. */
  readonly #power: Float64Array;
  #frames = 0;

  /** @param size  samples of a frame, a power of 2 */
  constructor(size: number) {
    this.size = size;
    this.#fft = new FFT(size);
    this.#window = Float64Array.from({ length: size }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / size));
    this.#input = new Array<number>(size).fill(0);
    this.#output = this.#fft.createComplexArray();
    this.#power = new Float64Array(size / 2 + 1);
  }

  /** A frame of `samples` from a place on; what lies outside counts as silence. */
  add(samples: Float32Array, from: number): void {
    const { size } = this;
    for (let at = 0; at < size; at++) this.#input[at] = (samples[from + at] ?? 0) * (this.#window[at] as number);
    this.#fft.realTransform(this.#output, this.#input);
    // A sine of amplitude 1 under Hann's window has the magnitude size / 4 in its bin.
    const scale = (4 / size) ** 2;
    for (let bin = 0; bin <= size / 2; bin++) {
      const [re, im] = [this.#output[2 * bin] as number, this.#output[2 * bin + 1] as number];
      this.#power[bin] = (this.#power[bin] as number) + scale * (re * re + im * im);
    }
    this.#frames++;
  }

  /** Writes the mean of the frames as one column of a picture, lowest row first, and begins anew. */
  column(rows: Rows, out: Uint8Array, column: number, columns: number): void {
    const [power, frames] = [this.#power, this.#frames || 1];
    for (let row = 0; row < rows.from.length; row++) {
      const [low, high] = [rows.from[row] as number, rows.to[row] as number];
      let value = 0;
      if (high > low) for (let bin = low; bin < high; bin++) value = Math.max(value, power[bin] as number);
      else {
        // Between two bins, in decibels.
        const part = rows.part[row] as number;
        const [a, b] = [(power[low] as number) + 1e-20, (power[Math.min(low + 1, this.size / 2)] as number) + 1e-20];
        value = a ** (1 - part) * b ** part;
      }
      out[row * columns + column] = byteOf(10 * Math.log10(value / frames + 1e-15));
    }
    power.fill(0);
    this.#frames = 0;
  }
}

/** Which bins each row of a picture shows: the largest of some, or between two. */
export interface Rows {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly part: Float32Array;
}

export function rowsOf(band: Band, rows: number, size: number, rate: number): Rows {
  const from = new Int32Array(rows);
  const to = new Int32Array(rows);
  const part = new Float32Array(rows);
  const last = size / 2;
  const bin = (place: number) => Math.max(0, Math.min(last, (hertzAt(place, band) * size) / rate));
  for (let row = 0; row < rows; row++) {
    const [low, high, middle] = [bin(row / rows), bin((row + 1) / rows), bin((row + 0.5) / rows)];
    if (high - low >= 1) {
      from[row] = Math.round(low);
      to[row] = Math.min(last + 1, Math.max(Math.round(low) + 1, Math.round(high)));
    } else {
      from[row] = Math.min(last, Math.floor(middle));
      to[row] = from[row] as number;
      part[row] = middle - (from[row] as number);
    }
  }
  return { from, to, part };
}
