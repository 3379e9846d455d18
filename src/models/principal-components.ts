import { OrcaError } from "../errors.ts";

/** What may be done to embeddings: nothing, or a projection on principal axes in 8 bits, as AudioSet's features have. */
export const POSTPROCESSES = ["none", "pca"] as const;
export type Postprocess = (typeof POSTPROCESSES)[number];

/** The axes, as they come with the weights: E [size, size] row-major, one row an output, and mu [size]. */
export interface PrincipalComponents {
  readonly eigenVectors: Float64Array;
  readonly means: Float64Array;
}

/** What is cut off before the numbers become 8 bits. */
export interface ClipRange {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * y = E (x - mu), clipped, to 8 bits by truncation, worked out in float64 (vggish_postprocess.py of tensorflow/models
 * research/audioset/vggish). Whole numbers 0 to 255, as float32 like every other embedding.
 * @param embedding  [size]
 */
export function projected(
  embedding: Float32Array,
  { eigenVectors, means }: PrincipalComponents,
  { lowest, highest }: ClipRange,
): Float32Array<ArrayBuffer> {
  const size = means.length;
  const out = new Float32Array(size);
  for (let row = 0; row < size; row++) {
    let y = 0;
    for (let i = 0; i < size; i++) {
      y += (eigenVectors[size * row + i] as number) * ((embedding[i] as number) - (means[i] as number));
    }
    const clipped = Math.min(highest, Math.max(lowest, y));
    out[row] = Math.floor((clipped - lowest) * (255 / (highest - lowest)));
  }
  return out;
}

/** The axes as they are kept beside the model: size + 1 rows of float64, little-endian, the means first. */
export function packComponents({ eigenVectors, means }: PrincipalComponents): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Float64Array.of(...means, ...eigenVectors).buffer);
}

/** Throws `model_damaged` where the bytes are of another length than embeddings of `size` numbers need. */
export function unpackComponents(bytes: Uint8Array, size: number): PrincipalComponents {
  const count = size * (size + 1);
  if (bytes.length !== 8 * count) {
    throw new OrcaError(
      "model_damaged",
      `The principal components are ${bytes.length} bytes; for ${size} numbers they take ${8 * count}.`,
      { hint: "Convert the model again." },
    );
  }
  const values = new Float64Array(bytes.slice().buffer);
  return { means: values.subarray(0, size), eigenVectors: values.subarray(size) };
}
