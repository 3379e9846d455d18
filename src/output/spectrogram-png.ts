import { encode } from "fast-png";
import { magma } from "./colour.ts";

/**
 * Black is the background: what this share of the bands has as its median at most. So neither noise nor bands that a recorder's
 * filter left silent take up the colours.
 */
const BACKGROUND = 0.7;

/**
 * A spectrogram as a PNG: time from left to right, the lowest band at the bottom, a pixel a frame and band, magma from
 * the background to the largest value.
 * @param values  [frames, bands], row-major
 */
export function spectrogramPng(values: Float32Array, bands: number): Uint8Array {
  return encode({ ...colouredSpectrogram(values, bands), channels: 3, depth: 8 });
}

/** Its pixels, red, green and blue, from the upper left corner. @param values  [frames, bands], row-major */
export function colouredSpectrogram(
  values: Float32Array,
  bands: number,
): { readonly width: number; readonly height: number; readonly data: Uint8Array } {
  const frames = values.length / bands;
  const medians = Float32Array.from({ length: bands }, (_, band) => {
    const own = Float32Array.from({ length: frames }, (_, frame) => values[frame * bands + band] as number);
    return quantile(own, 0.5);
  });
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const background = quantile(medians, BACKGROUND);
  const low = background < high ? background : quantile(values, 0);
  const scale = high > low ? 1 / (high - low) : 0;
  const data = new Uint8Array(frames * bands * 3);
  for (let frame = 0; frame < frames; frame++) {
    for (let band = 0; band < bands; band++) {
      const colour = magma(((values[frame * bands + band] as number) - low) * scale);
      data.set(colour, ((bands - 1 - band) * frames + frame) * 3);
    }
  }
  return { width: frames, height: bands, data };
}

const quantile = (values: Float32Array, share: number) =>
  values.toSorted()[Math.floor(share * (values.length - 1))] ?? 0;
