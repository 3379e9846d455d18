import { basename } from "node:path";
import { Command } from "commander";
import { buildModel, type Provenance, readManifest } from "../convert/build-model.ts";
import { sha256OfFile } from "../convert/hash.ts";
import { SEEDED, seededModel } from "../convert/seeded-models.ts";
import { MODEL_NAMES, type ModelName } from "../models/index.ts";
import { MODELS_FOLDER } from "../runtime.node.ts";
import { compareCommand } from "./models/compare.ts";

interface Given {
  readonly models: string;
  readonly yamnet?: string;
  readonly rebuild?: boolean;
}

/** Prepares models/onnx/: what was given is converted, what is missing is built from seeded weights. */
export function modelsCommand(): Command {
  return new Command("models")
    .description("Prepare the models: convert published weights, or build seeded ones.")
    .option("--yamnet <file>", "YAMNet's published weights (yamnet.h5)")
    .option("--models <dir>", "where models are kept", MODELS_FOLDER)
    .option("--rebuild", "build seeded models anew even where there are models")
    .action((given: Given) => prepareModels(given, console.log))
    .addCommand(compareCommand());
}

/** Leaves a whole set of models in `models`, and says what it did. */
export async function prepareModels(
  { models: folder, yamnet, rebuild }: Given,
  say: (sentence: string) => void,
): Promise<void> {
  const given = new Map<ModelName, string>(yamnet === undefined ? [] : [["yamnet", yamnet]]);
  const { models: present } = await readManifest(folder);
  for (const name of MODEL_NAMES) {
    const path = given.get(name);
    const known = present.find((model) => model.name === name);
    if (path !== undefined) say(await convert(name, path, folder));
    else if (known === undefined || rebuild === true) say(await buildSeeded(name, folder));
    else say(`${name}: here already, ${known.weights} weights`);
  }
}

async function convert(name: ModelName, path: string, folder: string): Promise<string> {
  // The readers of checkpoint formats are large and wanted here only.
  const { openPublished } = await import("../convert/published.ts");
  const published = await openPublished(name, path);
  try {
    const provenance: Provenance = {
      weights: "trained",
      source: { address: basename(path), sha256: await sha256OfFile(path) },
      licence: "Apache-2.0",
    };
    const entry = await buildModel(name, published.weights, provenance, folder);
    return `${name}: ${entry.parameters} trained parameters from ${path}`;
  } finally {
    await published.dispose();
  }
}

async function buildSeeded(name: ModelName, folder: string): Promise<string> {
  const entry = await buildModel(name, seededModel(name), SEEDED, folder);
  return `${name}: ${entry.parameters} SEEDED parameters: right shapes and numerics, no learned meaning`;
}
