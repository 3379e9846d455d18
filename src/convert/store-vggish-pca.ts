import { createHash } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OrcaError } from "../errors.ts";
import { packVggishPca } from "../models/index.ts";
import type { ManifestFile } from "../onnx/manifest.ts";
import { readManifest, writeManifest } from "./build-model.ts";
import { readVggishPca } from "./readers/index.ts";

/**
 * Puts the parameters of `postprocess=pca` beside the VGGish in `folder`.
 * @param path  vggish_pca_params.npz, as published
 * Throws `weights_invalid` where it is something else, `models_missing` where there is no VGGish, or a seeded one: the
 * published parameters say nothing about other weights. What was there is left as it was then.
 */
export async function storeVggishPca(path: string, folder: string): Promise<ManifestFile> {
  const bytes = packVggishPca(await readVggishPca(path));
  const manifest = await readManifest(folder);
  const entry = manifest.models.find(({ name }) => name === "vggish");
  if (entry?.weights !== "trained") {
    const what = entry === undefined ? "no VGGish" : "a VGGish with seeded weights";
    throw new OrcaError("models_missing", `There is ${what} in ${folder}; PCA belongs to the published weights.`, {
      hint: "Convert vggish_model.ckpt or google/vggish/1 first.",
    });
  }
  const file = "vggish-pca.f64";
  const pca = { file, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  const draft = join(folder, `.${file}.${process.pid}`);
  await writeFile(draft, bytes);
  await rename(draft, join(folder, file));
  const models = manifest.models.map((model) => (model === entry ? { ...entry, pca } : model));
  await writeManifest(folder, { ...manifest, models });
  return pca;
}
