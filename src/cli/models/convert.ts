import { basename } from "node:path";
import { Command } from "commander";
import { buildModel } from "../../convert/build-model.ts";
import { type CachedFile, discard } from "../../convert/fetch/index.ts";
import { APACHE } from "../../convert/licence.ts";
import { parametersOf } from "../../convert/seeded-models.ts";
import { sourceOf } from "../../convert/source.ts";
import { OrcaError } from "../../errors.ts";
import type { ModelName } from "../../models/index.ts";
import type { VggishPca } from "../../models/vggish-pca.ts";
import { MODELS_FOLDER } from "../../runtime.node.ts";
import { modelName } from "../options.ts";
import type { Fetched } from "./fetch.ts";
import { packDefaults } from "./pack.ts";

interface Given {
  readonly from: string;
  readonly pca?: string;
  readonly models: string;
}

export function convertCommand(): Command {
  return new Command("convert")
    .description("Convert a model's published weights: a checkpoint, yamnet.h5, a SavedModel's folder or .tar.gz.")
    .argument("<name>", "vggish, yamnet or humpback")
    .requiredOption("--from <path>", "the file or folder; what is in it tells the format")
    .option("--pca <file>", "VGGish's post-processing (vggish_pca_params.npz)")
    .option("--models <dir>", "where models are kept", MODELS_FOLDER)
    .action(async (text: string, { from, pca, models }: Given) => {
      const name = modelName(text);
      if (pca !== undefined && name !== "vggish") {
        throw new OrcaError("bad_option", `--pca is VGGish's; ${name} has none.`, { field: "pca" });
      }
      const post = pca === undefined ? undefined : await (await readers()).readVggishPca(pca);
      console.log(await convertPublished(name, { path: from, pca: post }, models));
    });
}

/** Published weights on this machine. */
export interface PublishedPath {
  readonly path: string;
  /** Where they came from, where that is known. */
  readonly address?: string;
  /** VGGish's post-processing. */
  readonly pca?: VggishPca | undefined;
}

/** Converts published weights into `folder`; packs it, and gives a sentence about each. Throws `weights_invalid`. */
export async function convertPublished(
  name: ModelName,
  { path, address = basename(path), pca }: PublishedPath,
  folder: string,
): Promise<string> {
  const { openPublished } = await readers();
  const published = await openPublished(name, path);
  try {
    const source = await sourceOf(address, published.files);
    const provenance = { weights: "trained", source, licence: APACHE } as const;
    const entry = await buildModel(name, published.weights, provenance, folder, pca);
    const size = parametersOf(name);
    const other = entry.parameters === size ? "" : ` (the published model has ${size})`;
    const packed = await packDefaults(name, folder);
    const sentence = `${name}: ${entry.parameters} trained parameters${other} from ${path}${pca === undefined ? "" : ", and its PCA"}`;
    return packed === undefined ? sentence : `${sentence}\n${packed}`;
  } finally {
    await published.dispose();
  }
}

/** Converts what was fetched; a file that turns out to be something else is removed, so that it is fetched again. */
export async function convertFetched(
  name: ModelName,
  { weights, pca: params }: Exclude<Fetched, { error: OrcaError }>,
  folder: string,
): Promise<string> {
  const { readVggishPca } = await readers();
  const pca = params === undefined ? undefined : await orDiscard(params, () => readVggishPca(params.path));
  const { path, address } = weights;
  return orDiscard(weights, () => convertPublished(name, { path, address, pca }, folder));
}

async function orDiscard<T>(file: CachedFile, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (thrown) {
    if (thrown instanceof OrcaError && thrown.code === "weights_invalid") await discard(file);
    throw thrown;
  }
}

/** The readers of checkpoint formats are large and wanted here only. */
async function readers() {
  const [{ openPublished }, { readVggishPca }] = await Promise.all([
    import("../../convert/published.ts"),
    import("../../convert/readers/index.ts"),
  ]);
  return { openPublished, readVggishPca };
}
