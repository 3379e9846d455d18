import { Command } from "commander";
import { readManifest } from "../../convert/models-folder.ts";
import { notPacked, packFiles } from "../../convert/pack/pack-files.ts";
import { asOrcaError } from "../../errors.ts";
import type { ModelEntry } from "../../models/index.ts";
import { VARIANTS, type Variant } from "../../nn/index.ts";
import { kernelBuild, MODELS_FOLDER } from "../../runtime.node.ts";
import { listOf, namedOrAll } from "../options.ts";
import { printLines } from "../print.ts";

export function packCommand(): Command {
  return new Command("pack")
    .description("Pack models for the kernels engine, from their fp32 .onnx files.")
    .argument("[names...]", "models (default: all that are here)")
    .option("--variants <names>", "fp32, int8, or both with a comma", "fp32,int8")
    .option("--models <dir>", "where models are kept", MODELS_FOLDER)
    .action(async (names: string[], { variants, models: folder }: { variants: string; models: string }) => {
      const chosen = listOf(variants, VARIANTS, "variants");
      const kernels = await kernelBuild();
      for (const name of await namedOrAll(names, folder)) {
        printLines(sentence(name, chosen, await packFiles(name, chosen, folder, kernels)));
      }
    });
}

/** Packs every variant, and anew what was packed for other kernels; gives a sentence where it did something. */
export async function packDefaults(id: string, folder: string): Promise<string | undefined> {
  const entry = (await readManifest(folder)).models.find(({ description }) => description.id === id);
  if (entry === undefined) return undefined;
  const kernels = await kernelBuild().catch(() => undefined);
  if (kernels === undefined) return `${id}: not packed for the kernels engine: npm run build does it`;
  const missing = notPacked(entry, VARIANTS, kernels);
  if (missing.length === 0) return undefined;
  return sentence(id, missing, await packFiles(id, missing, folder, kernels));
}

/** Packs a model of one's own, where the kernels take its graph; else the sentence says why not. */
export async function packOwn(id: string, folder: string): Promise<string> {
  try {
    return (await packDefaults(id, folder)) ?? `${id}: packed already`;
  } catch (thrown) {
    const { code, message } = asOrcaError(thrown);
    if (code !== "weights_invalid") throw thrown;
    return `${id}: onnxruntime-web runs it; the kernels do not: ${message}`;
  }
}

function sentence(id: string, variants: readonly Variant[], { variants: there }: ModelEntry): string {
  const size = (variant: Variant) => (there[variant]?.artefacts.kernels?.bytes ?? 0) / 1e6;
  const sizes = variants.map((variant) => `${variant} ${size(variant).toFixed(1)} MB`);
  return `${id}: packed for the kernels: ${sizes.join(", ")}`;
}
