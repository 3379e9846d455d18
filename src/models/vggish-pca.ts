import { OrcaError } from "../errors.ts";

/** The published parameters of VGGish's post-processing, vggish_pca_params.npz. */
export interface VggishPca {
  /** E: [128, 128], row-major: a row an output. */
  readonly eigenVectors: Float64Array;
  /** mu: [128] */
  readonly means: Float64Array;
}

const SIZE = 128;
/** The range that is cut out and spread over 8 bits. */
const CLIP = 2;

/** The parameters as they are kept beside the model: the means, then the rows, float64 little-endian. */
export function packVggishPca({ means, eigenVectors }: VggishPca): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Float64Array.of(...means, ...eigenVectors).buffer);
}

/** Throws `model_damaged` where the bytes are of another length. */
export function unpackVggishPca(bytes: Uint8Array): VggishPca {
  const numbers = SIZE + SIZE * SIZE;
  if (bytes.length !== 8 * numbers) {
    throw new OrcaError("model_damaged", `VGGish's PCA has ${bytes.length} bytes; ${8 * numbers} were expected.`);
  }
  const values = new Float64Array(bytes.slice().buffer);
  return { means: values.subarray(0, SIZE), eigenVectors: values.subarray(SIZE) };
}

/**
 * VGGish's post-processing of an embedding x [128]: y = E (x - mu), clipped to [-2, 2], in 8 bits by truncation
 * (tensorflow/models research/audioset/vggish/vggish_postprocess.py). Whole numbers 0 to 255.
 */
export function postprocessed(embedding: Float32Array, { means, eigenVectors }: VggishPca): Float32Array<ArrayBuffer> {
  const centred = Float64Array.from(embedding, (value, i) => value - (means[i] as number));
  return Float32Array.from({ length: SIZE }, (_, row) => {
    let y = 0;
    for (let i = 0; i < SIZE; i++) y += (eigenVectors[row * SIZE + i] as number) * (centred[i] as number);
    return Math.floor(((Math.min(CLIP, Math.max(-CLIP, y)) + CLIP) * 255) / (2 * CLIP));
  });
}
