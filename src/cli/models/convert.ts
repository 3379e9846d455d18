import { basename } from "node:path";
import { Command } from "commander";
import { buildModel, type NamedClasses } from "../../convert/build-model.ts";
import { type CachedFile, discard } from "../../convert/fetch/index.ts";
import { canOptimise, NOT_OPTIMISED } from "../../convert/ort/optimise.ts";
import { parametersOf } from "../../convert/seeded-models.ts";
import { sourceOf } from "../../convert/source.ts";
import { OrcaError } from "../../errors.ts";
import { CATALOGUE, type CataloguedModel, catalogued } from "../../models/catalogue.ts";
import { embeddingSize, type PrincipalComponents } from "../../models/index.ts";
import { MODELS_FOLDER } from "../../runtime.node.ts";
import { printLines } from "../print.ts";
import type { Fetched } from "./fetched.ts";
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
    .argument("<name>", CATALOGUE.map(({ description }) => description.id).join(", "))
    .requiredOption("--from <path>", "the file or folder; what is in it tells the format")
    .option("--pca <file>", "VGGish's post-processing (vggish_pca_params.npz)")
    .option("--classes <file>", "YAMNet's classes by name (yamnet_class_map.csv); a SavedModel carries them")
    .option("--out, --models <dir>", "where models are kept", MODELS_FOLDER)
    .action(async (text: string, { from, pca, classes, models }: Given) => {
      const model = catalogued(text);
      const size = embeddingSize(model.description);
      check(model, model.files.components, "pca", pca);
      check(model, model.files.classes, "classes", classes);
      const components = pca === undefined ? undefined : await (await readers()).readComponents(pca, size);
      printLines(await convertPublished(model, { path: from, components, classes: classMap(classes) }, models));
    });
}

/** Throws `bad_option` where a file is given that the model's publisher has none of. */
function check({ description }: CataloguedModel, published: unknown, option: string, given: string | undefined): void {
  if (given === undefined || published !== undefined) return;
  throw new OrcaError("bad_option", `--${option} is not for ${description.id}, which has none.`, { field: option });
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
  /** Principal components of its embeddings. */
  readonly components?: PrincipalComponents | undefined;
  /** The names of its classes; without them those that a SavedModel carries. */
  readonly classes?: ClassMap | undefined;
}

/** Converts published weights into `folder`; packs it, and gives a sentence about each. Throws `weights_invalid`. */
export async function convertPublished(
  model: CataloguedModel,
  { path, address = basename(path), components, classes }: PublishedPath,
  folder: string,
): Promise<string> {
  const { openPublished } = await readers();
  const published = await openPublished(model, path);
  try {
    const source = await sourceOf(address, published.files);
    const provenance = { weights: "trained", source, licence: model.description.licence } as const;
    const own = published.classes === undefined ? undefined : { path: published.classes, address };
    const map = classes ?? own;
    const beside = {
      components,
      classes: map === undefined ? undefined : await namedClasses(map, model.files.classes?.licence ?? ""),
    };
    const entry = await buildModel(model, published.weights, provenance, folder, beside);
    const size = parametersOf(model);
    const other = entry.parameters === size ? "" : ` (the published model has ${size})`;
    const packed = await packDefaults(model.description.id, folder);
    const more = `${components === undefined ? "" : ", and its principal components"}${map === undefined ? "" : ", and the names of its classes"}`;
    const sentence = `${model.description.id}: ${entry.parameters} trained parameters${other} from ${path}${more}`;
    const plain = (await canOptimise()) ? undefined : NOT_OPTIMISED;
    return [sentence, plain, packed].filter((line) => line !== undefined).join("\n");
  } finally {
    await published.dispose();
  }
}

async function namedClasses({ path, address }: ClassMap, licence: string): Promise<NamedClasses> {
  const { readClassMap } = await readers();
  return { list: await readClassMap(path), source: address, licence };
}

/** Converts what was fetched; a file that turns out to be something else is removed, so that it is fetched again. */
export async function convertFetched(
  model: CataloguedModel,
  { weights, components: axes, classes }: Exclude<Fetched, { error: OrcaError }>,
  folder: string,
): Promise<string> {
  const { readComponents, readClassMap } = await readers();
  const size = embeddingSize(model.description);
  const components = axes && (await orDiscard(axes, () => readComponents(axes.path, size)));
  if (classes !== undefined) await orDiscard(classes, () => readClassMap(classes.path));
  const { path, address } = weights;
  return orDiscard(weights, () => convertPublished(model, { path, address, components, classes }, folder));
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
  const [{ openPublished }, { readClassMap, readComponents }] = await Promise.all([
    import("../../convert/published.ts"),
    import("../../convert/readers/index.ts"),
  ]);
  return { openPublished, readClassMap, readComponents };
}
