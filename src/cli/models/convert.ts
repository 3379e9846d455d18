import { basename } from "node:path";
import { Command } from "commander";
import { buildModel, type NamedClasses } from "../../convert/build-model.ts";
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
  readonly classes?: string;
  readonly models: string;
}

export function convertCommand(): Command {
  return new Command("convert")
    .description("Convert a model's published weights: a checkpoint, yamnet.h5, a SavedModel's folder or .tar.gz.")
    .argument("<name>", "vggish, yamnet or humpback")
    .requiredOption("--from <path>", "the file or folder; what is in it tells the format")
    .option("--pca <file>", "VGGish's post-processing (vggish_pca_params.npz)")
    .option("--classes <file>", "YAMNet's classes by name (yamnet_class_map.csv); a SavedModel carries them")
    .option("--models <dir>", "where models are kept", MODELS_FOLDER)
    .action(async (text: string, { from, pca, classes, models }: Given) => {
      const name = modelName(text);
      ownOf(name, "vggish", "pca", pca);
      ownOf(name, "yamnet", "classes", classes);
      const post = pca === undefined ? undefined : await (await readers()).readVggishPca(pca);
      console.log(await convertPublished(name, { path: from, pca: post, classes: classMap(classes) }, models));
    });
}

function ownOf(name: ModelName, owner: ModelName, option: string, given: string | undefined): void {
  if (given === undefined || name === owner) return;
  throw new OrcaError("bad_option", `--${option} is for ${owner}; ${name} has none.`, { field: option });
}

/** A list of classes on this machine, and where it came from. */
interface ClassMap {
  readonly path: string;
  readonly address: string;
}

const classMap = (path: string | undefined): ClassMap | undefined =>
  path === undefined ? undefined : { path, address: basename(path) };

/** Published weights on this machine. */
export interface PublishedPath {
  readonly path: string;
  /** Where they came from, where that is known. */
  readonly address?: string;
  /** VGGish's post-processing. */
  readonly pca?: VggishPca | undefined;
  /** The names of YAMNet's classes; without them those that a SavedModel carries. */
  readonly classes?: ClassMap | undefined;
}

/** Converts published weights into `folder`; packs it, and gives a sentence about each. Throws `weights_invalid`. */
export async function convertPublished(
  name: ModelName,
  { path, address = basename(path), pca, classes }: PublishedPath,
  folder: string,
): Promise<string> {
  const { openPublished } = await readers();
  const published = await openPublished(name, path);
  try {
    const source = await sourceOf(address, published.files);
    const provenance = { weights: "trained", source, licence: APACHE } as const;
    const own = published.classes === undefined ? undefined : { path: published.classes, address };
    const map = classes ?? own;
    const beside = { pca, classes: map === undefined ? undefined : await namedClasses(map) };
    const entry = await buildModel(name, published.weights, provenance, folder, beside);
    const size = parametersOf(name);
    const other = entry.parameters === size ? "" : ` (the published model has ${size})`;
    const packed = await packDefaults(name, folder);
    const more = `${pca === undefined ? "" : ", and its PCA"}${map === undefined ? "" : ", and the names of its classes"}`;
    const sentence = `${name}: ${entry.parameters} trained parameters${other} from ${path}${more}`;
    return packed === undefined ? sentence : `${sentence}\n${packed}`;
  } finally {
    await published.dispose();
  }
}

async function namedClasses({ path, address }: ClassMap): Promise<NamedClasses> {
  const { readClassMap } = await readers();
  return { list: await readClassMap(path), source: address, licence: APACHE };
}

/** Converts what was fetched; a file that turns out to be something else is removed, so that it is fetched again. */
export async function convertFetched(
  name: ModelName,
  { weights, beside }: Exclude<Fetched, { error: OrcaError }>,
  folder: string,
): Promise<string> {
  const { readVggishPca, readClassMap } = await readers();
  const pca = name === "vggish" && beside ? await orDiscard(beside, () => readVggishPca(beside.path)) : undefined;
  const classes = name === "yamnet" ? beside : undefined;
  if (classes !== undefined) await orDiscard(classes, () => readClassMap(classes.path));
  const { path, address } = weights;
  return orDiscard(weights, () => convertPublished(name, { path, address, pca, classes }, folder));
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
  const [{ openPublished }, { readClassMap, readVggishPca }] = await Promise.all([
    import("../../convert/published.ts"),
    import("../../convert/readers/index.ts"),
  ]);
  return { openPublished, readClassMap, readVggishPca };
}
