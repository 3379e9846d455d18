import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zipSync } from "fflate";
import { seededTensor } from "../../src/convert/seeded.ts";
import type { PrincipalComponents } from "../../src/models/index.ts";
import { npy } from "../convert/readers/npy-writer.ts";

/** Multiples of 2^-bits: sums of their products are exact in float64, in whatever order. */
const coarse = (values: Float32Array, bits: number) =>
  Float64Array.from(values, (value) => Math.round(value * 2 ** bits) / 2 ** bits);

/** Seeded parameters: about a third of what comes out of them is clipped. */
export const SEEDED_PCA: PrincipalComponents = {
  eigenVectors: coarse(seededTensor("pca/kernel", [128, 128]), 12),
  means: coarse(seededTensor("pca/means", [128]), 12),
};

/** The parameters in the published file's form; gives its path. */
export async function writePcaNpz(folder: string, { eigenVectors, means } = SEEDED_PCA): Promise<string> {
  const bytes = (values: Float64Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const path = join(folder, "vggish_pca_params.npz");
  const members = {
    "pca_eigen_vectors.npy": npy("<f8", false, "128, 128", bytes(eigenVectors)),
    "pca_means.npy": npy("<f8", false, "128,", bytes(means)),
  };
  await writeFile(path, zipSync(members));
  return path;
}
