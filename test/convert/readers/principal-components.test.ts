import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { readComponents } from "../../../src/convert/readers/principal-components.ts";
import { npy } from "./npy-writer.ts";
import { refusal, temporaryFolder } from "./support.ts";

const matrix = Float32Array.from({ length: 128 * 128 }, (_, i) => Math.sin(i));
const means = Float64Array.from({ length: 128 }, (_, i) => Math.cos(i));
const bytes = (values: Float32Array | Float64Array) => new Uint8Array(values.buffer);
const MEMBERS = {
  "pca_eigen_vectors.npy": npy("<f4", false, "128, 128", bytes(matrix)),
  "pca_means.npy": npy("<f8", false, "128, 1", bytes(means)),
};

async function read(members: Record<string, Uint8Array>) {
  const path = join(await temporaryFolder(), "vggish_pca_params.npz");
  await writeFile(path, zipSync(members));
  return readComponents(path, 128);
}

test("the matrix row by row and the means, whatever their type", async () => {
  const pca = await read(MEMBERS);
  expect(pca.eigenVectors).toEqual(Float64Array.from(matrix));
  expect(pca.means).toEqual(means);
});

test.each([
  ["a missing array", { "pca_eigen_vectors.npy": MEMBERS["pca_eigen_vectors.npy"] }, /no array pca_means in it/],
  [
    "another shape",
    { ...MEMBERS, "pca_means.npy": npy("<f8", false, "64, 2", bytes(means)) },
    /array pca_means has shape \[64, 2\]; 128 numbers in 128 rows were expected/,
  ],
  [
    "no number",
    { ...MEMBERS, "pca_means.npy": npy("<f8", false, "128,", bytes(means.with(3, Number.NaN))) },
    /array pca_means has the value NaN at element 3/,
  ],
])("%s is refused", async (_, members, message) => {
  expect((await refusal(() => read(members))).message).toMatch(message);
});
