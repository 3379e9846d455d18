import { zipSync } from "fflate";
import { npy } from "../convert/readers/npy-writer.ts";

const bytes = (values: Float64Array) => new Uint8Array(values.buffer);

/** A vggish_pca_params.npz whose matrix is `scale` times the identity and whose means are all `mean`. */
export function pcaParams(scale: number, mean: number): Uint8Array {
  const matrix = Float64Array.from({ length: 128 * 128 }, (_, i) => (i % 129 === 0 ? scale : 0));
  return zipSync({
    "pca_eigen_vectors.npy": npy("<f8", false, "128, 128", bytes(matrix)),
    "pca_means.npy": npy("<f8", false, "128, 1", bytes(new Float64Array(128).fill(mean))),
  });
}
