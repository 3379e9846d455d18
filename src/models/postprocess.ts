/** VGGish's published PCA. */
export interface Pca {
  /** [128] */
  readonly means: Float64Array;
  /** [128, 128], row-major: a row an output. */
  readonly eigenVectors: Float64Array;
}

/** The range that is cut out and spread over 8 bits. */
const CLIP = 2;

/** The manifest's `pca` file: the means, then the rows, float64 little-endian. `size` is the embedding's. */
export function parsePca(bytes: Uint8Array<ArrayBuffer>, size: number): Pca {
  const numbers = new Float64Array(bytes.slice().buffer);
  return { means: numbers.subarray(0, size), eigenVectors: numbers.subarray(size) };
}

/**
 * VGGish's post-processing of one embedding x: y = E (x - mu), clipped to [-2, 2], as 8 bits 0 to 255 by truncation
 * (tensorflow/models research/audioset/vggish/vggish_postprocess.py).
 */
export function postprocess(embedding: Float32Array, { means, eigenVectors }: Pca): Uint8Array<ArrayBuffer> {
  const size = means.length;
  const centred = Float64Array.from(embedding, (value, i) => value - (means[i] as number));
  return Uint8Array.from({ length: size }, (_, row) => {
    let y = 0;
    for (let i = 0; i < size; i++) y += (eigenVectors[row * size + i] as number) * (centred[i] as number);
    return ((Math.min(CLIP, Math.max(-CLIP, y)) + CLIP) * 255) / (2 * CLIP);
  });
}
