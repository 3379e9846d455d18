import { OrcaError } from "../errors.ts";

/** What is done to VGGish's embeddings: nothing, or the PCA with 8 bits that AudioSet's released features have. */
export const POSTPROCESSES = ["none", "pca"] as const;
export type Postprocess = (typeof POSTPROCESSES)[number];

const SIZE = 128;
/** QUANTIZE_MIN_VAL and QUANTIZE_MAX_VAL of tensorflow/models research/audioset/vggish/vggish_params.py. */
const LOWEST = -2;
const HIGHEST = 2;

/** The published parameters, vggish_pca_params.npz. */
export interface VggishPca {
  /** E: [128, 128], row-major, one row an output. */
  readonly eigenVectors: Float64Array;
  /** mu: [128] */
  readonly means: Float64Array;
}

/**
 * VGGish's post-processing (vggish_postprocess.py): y = E (x - mu), clipped to [-2, 2], to 8 bits by truncation; worked
 * out in float64. Whole numbers 0 to 255, as float32 like every other embedding.
 * @param embedding  [128]
 */
export function postprocessed(embedding: Float32Array, { eigenVectors, means }: VggishPca): Float32Array<ArrayBuffer> {
  const out = new Float32Array(SIZE);
  for (let row = 0; row < SIZE; row++) {
    let y = 0;
    for (let i = 0; i < SIZE; i++) {
      y += (eigenVectors[SIZE * row + i] as number) * ((embedding[i] as number) - (means[i] as number));
    }
    const clipped = Math.min(HIGHEST, Math.max(LOWEST, y));
    out[row] = Math.floor((clipped - LOWEST) * (255 / (HIGHEST - LOWEST)));
  }
  return out;
}

/** The parameters as they are kept beside the model: 129 rows of 128 float64, little-endian, the means first. */
export function packVggishPca({ eigenVectors, means }: VggishPca): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Float64Array.of(...means, ...eigenVectors).buffer);
}

/** Throws `model_damaged` where the bytes are of another length. */
export function unpackVggishPca(bytes: Uint8Array): VggishPca {
  const count = SIZE * (SIZE + 1);
  if (bytes.length !== 8 * count) {
    throw new OrcaError("model_damaged", `VGGish's PCA parameters are ${bytes.length} bytes; they take ${8 * count}.`);
  }
  const values = new Float64Array(bytes.slice().buffer);
  return { means: values.subarray(0, SIZE), eigenVectors: values.subarray(SIZE) };
}
