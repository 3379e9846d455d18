import { Command } from "commander";
import { readManifest } from "../../convert/models-folder.ts";
import { notPacked, packFiles } from "../../convert/pack/pack-files.ts";
import { MODEL_NAMES, type ModelName } from "../../models/index.ts";
import { VARIANTS, type Variant } from "../../nn/index.ts";
import type { ManifestModel } from "../../onnx/index.ts";
import { kernelBuild, MODELS_FOLDER } from "../../runtime.node.ts";
import { listOf, modelList } from "../options.ts";

/** What the build packs without being asked. The large nets' fp32 are 500 MB together, and packed on request. */
const BY_DEFAULT: Readonly<Record<ModelName, readonly Variant[]>> = {
  yamnet: ["fp32", "int8"],
  humpback: ["int8"],
  vggish: ["int8"],
};

export function packCommand(): Command {
  return new Command("pack")
    .description("Pack models for the kernels engine, from their fp32 .onnx files.")
    .argument("[names...]", "vggish, yamnet, humpback (default: all that are here)")
    .option("--variants <names>", "fp32, int8, or both with a comma", "fp32,int8")
    .option("--models <dir>", "where models are kept", MODELS_FOLDER)
    .action(async (names: string[], { variants, models: folder }: { variants: string; models: string }) => {
      const chosen = listOf(variants, VARIANTS, "variants");
      const { models } = await readManifest(folder);
      const here = MODEL_NAMES.filter((name) => models.some((entry) => entry.name === name));
      const kernels = await kernelBuild();
      for (const name of names.length === 0 ? here : modelList(names.join(","))) {
        console.log(sentence(name, chosen, await packFiles(name, chosen, folder, kernels)));
      }
    });
}

/** Packs what is packed by default, and anew what was packed for other kernels; gives a sentence where it did something. */
export async function packDefaults(name: ModelName, folder: string): Promise<string | undefined> {
  const entry = (await readManifest(folder)).models.find((model) => model.name === name);
  if (entry === undefined) return undefined;
  const kernels = await kernelBuild().catch(() => undefined);
  if (kernels === undefined) return `${name}: not packed for the kernels engine: npm run build does it`;
  const wanted = VARIANTS.filter(
    (variant) => BY_DEFAULT[name].includes(variant) || entry.variants[variant]?.packed !== undefined,
  );
  const missing = notPacked(entry, wanted, kernels);
  if (missing.length === 0) return undefined;
  return sentence(name, missing, await packFiles(name, missing, folder, kernels));
}

function sentence(name: ModelName, variants: readonly Variant[], { variants: there }: ManifestModel): string {
  const sizes = variants.map((variant) => `${variant} ${((there[variant]?.packed?.bytes ?? 0) / 1e6).toFixed(1)} MB`);
  return `${name}: packed for the kernels: ${sizes.join(", ")}`;
}
