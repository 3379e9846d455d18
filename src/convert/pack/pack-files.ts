import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { OrcaError } from "../../errors.ts";
import { makeFolder } from "../../make-folder.node.ts";
import type { ManifestVariant, ModelEntry } from "../../models/index.ts";
import type { KernelModules, Variant } from "../../nn/index.ts";
import { publish, readManifest, removeLeftovers, workFolder } from "../models-folder.ts";
import { MIB, writePieces } from "../write-files.ts";
import { packModel } from "./pack-model.ts";

/** The kernels that models are packed for. */
export interface KernelBuild {
  readonly modules: KernelModules;
  /** Changes with the modules' bytes. */
  readonly fingerprint: string;
}

const BUILD_HINT = "Build the models again: npm run models -- --rebuild";

/** The form that is packed; its .onnx file has the weights as they were published. */
const SOURCE = "fp32";

const FORMS: Readonly<Record<Variant, { readonly description: string; readonly pieceBytes: number }>> = {
  fp32: { description: "32-bit floats", pieceBytes: 8 * MIB },
  int8: {
    description:
      "8-bit integers with a scale for each output channel, multiplied by activations in integers with a scale a pixel; a few layers in 16 bits",
    // A small isolate holds a piece beside the model while it loads.
    pieceBytes: 4 * MIB,
  },
};

/** Of `variants`, those that are not packed in `entry` for just these kernels. */
export function notPacked(entry: ModelEntry, variants: readonly Variant[], { fingerprint }: KernelBuild): Variant[] {
  return variants.filter((variant) => entry.variants[variant]?.artefacts.kernels?.build !== fingerprint);
}

/**
 * Packs a model of `folder` for the kernels: NAME-VARIANT.packed in pieces, and their part of manifest.json. As
 * buildModel, a process that is killed leaves what was there before. Throws `models_missing`, `model_damaged`,
 * `weights_invalid`.
 */
export async function packFiles(
  id: string,
  variants: readonly Variant[],
  folder: string,
  { modules, fingerprint }: KernelBuild,
): Promise<ModelEntry> {
  const entry = (await readManifest(folder)).models.find(({ description }) => description.id === id);
  const onnx = entry?.variants[SOURCE]?.onnx;
  if (entry === undefined || onnx === undefined) {
    throw new OrcaError("models_missing", `There is no ${id} to pack in ${folder}.`, {
      hint: "Prepare the models: npm run models",
    });
  }
  await removeLeftovers(folder);
  const work = workFolder(folder, id);
  await makeFolder(work);
  try {
    const bytes = await readFile(join(folder, onnx.file)).catch((cause: unknown) => {
      throw new OrcaError("models_missing", `${onnx.file} is not in ${folder}.`, { cause, hint: BUILD_HINT });
    });
    if (createHash("sha256").update(bytes).digest("hex") !== onnx.sha256) {
      throw new OrcaError("model_damaged", `${onnx.file} is not the file that the manifest describes.`, {
        hint: BUILD_HINT,
      });
    }
    const packed: Record<string, ManifestVariant> = {};
    for (const variant of variants) {
      const { description, pieceBytes } = FORMS[variant];
      const { parts } = await packModel(bytes, variant, modules);
      const pieces = await writePieces(parts, work, `${id}-${variant}.packed`, pieceBytes);
      const before = entry.variants[variant];
      const artefacts = { ...before?.artefacts, kernels: { ...pieces, build: fingerprint } };
      packed[variant] = { description, ...before, artefacts };
    }
    return await publish(folder, work, { ...entry, variants: { ...entry.variants, ...packed } });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
