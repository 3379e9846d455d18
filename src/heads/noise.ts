import { OrcaError } from "../errors.ts";
import type { NoiseCentre } from "./head.ts";

/**
 * A noise of a site, of one window of it or some: what is as near to their middle as the farthest of `alike` is. Positives
 * stay outside: the border is half way to the nearest of them, where that is nearer.
 * @param marked  windows that are the noise, [marked, dims]
 * @param positives  windows that are calls, [positives, dims]
 * Throws `bad_option` where a call is as near as the marked windows are.
 */
export function noiseOf(
  name: string,
  marked: Float32Array,
  positives: Float32Array,
  dims: number,
  site?: string,
): NoiseCentre {
  const centre = new Float32Array(dims);
  for (let at = 0; at < marked.length; at += dims) {
    const unit = unitOf(marked, at, dims);
    for (let d = 0; d < dims; d++) centre[d] = (centre[d] as number) + (unit[d] as number);
  }
  const middle = unitOf(centre, 0, dims);
  const cosines = (x: Float32Array) =>
    Array.from({ length: x.length / dims }, (_, row) => {
      const unit = unitOf(x, row * dims, dims);
      let sum = 0;
      for (let d = 0; d < dims; d++) sum += (unit[d] as number) * (middle[d] as number);
      return sum;
    });
  const inner = cosines(marked).reduce((least, value) => Math.min(least, value), 1);
  const call = cosines(positives).reduce((most, value) => Math.max(most, value), -1);
  if (call >= inner - 1e-6) {
    throw new OrcaError(
      "bad_option",
      `${name} cannot be told from a labelled call: one is as near to it as its own windows are.`,
      {
        field: "like",
        hint: "Mark fewer or other windows, or label these as negatives and train again.",
      },
    );
  }
  // One window says nothing of how wide the noise is: so much as sound of one kind differs between neighbouring windows.
  const wide = Math.min(inner, ONE_SOUND);
  return { name, ...(site === undefined ? {} : { site }), centre: middle, nearest: Math.max(wide, (call + inner) / 2) };
}

/** Cosine of what sounds alike: neighbouring windows of one steady sound lie above it, in YAMNet's embeddings. */
const ONE_SOUND = 0.8;

function unitOf(x: Float32Array, at: number, dims: number): Float32Array<ArrayBuffer> {
  let squares = 0;
  for (let d = 0; d < dims; d++) squares += (x[at + d] as number) ** 2;
  const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  return Float32Array.from({ length: dims }, (_, d) => (x[at + d] as number) * scale);
}
