import { buildModel } from "../../convert/build-model.ts";
import { HASTY } from "../../convert/fetch/index.ts";
import { readManifest } from "../../convert/models-folder.ts";
import { canOptimise, NOT_OPTIMISED } from "../../convert/ort/optimise.ts";
import { SEEDED, seededModel } from "../../convert/seeded-models.ts";
import { asOrcaError } from "../../errors.ts";
import { CATALOGUE, type CataloguedModel } from "../../models/catalogue.ts";
import { convertFetched, convertPublished } from "./convert.ts";
import { type Fetched, type FetchGiven, fetchModels } from "./fetched.ts";
import { packDefaults } from "./pack.ts";

export interface PrepareOptions extends FetchGiven {
  /** The models' folder. */
  readonly models: string;
  /** YAMNet's published weights on this machine. */
  readonly yamnet?: string;
  readonly offline?: boolean;
  readonly rebuild?: boolean;
}

/**
 * Leaves a whole set of models in the folder, and says what it did: what was given is converted, what can be fetched is
 * fetched, and what is still missing is built from seeded weights. That there is no network is no failure.
 */
export async function prepareModels(options: PrepareOptions, say: (sentence: string) => void): Promise<void> {
  const { models: folder, yamnet, offline = false, rebuild = false } = options;
  const given = new Map<string, string>(yamnet === undefined ? [] : [["yamnet", yamnet]]);
  const { models: present } = await readManifest(folder);
  const known = new Map(present.map((entry) => [entry.description.id, entry]));
  const wanted = CATALOGUE.filter(({ description: { id } }) => !given.has(id) && known.get(id)?.weights !== "trained");
  const fetched = offline || rebuild || wanted.length === 0 ? new Map() : await fetchWanted(wanted, options, say);
  let optimised = await canOptimise();
  for (const model of CATALOGUE) {
    const { id } = model.description;
    const path = given.get(id);
    const files = fetched.get(id);
    const entry = known.get(id);
    if (path !== undefined) {
      say(await convertPublished(model, { path }, folder));
      continue;
    }
    if (files !== undefined && (await convertOrTell(model, files, folder, say))) continue;
    if (entry === undefined || rebuild) {
      say(await buildSeeded(model, folder));
      if (!optimised) say(NOT_OPTIMISED);
      optimised = true;
    } else {
      const nameless = model.files.classes !== undefined && entry.weights === "trained" && entry.classes === undefined;
      const without = nameless ? ", without the names of its classes: convert its file again to have them" : "";
      say(`${id}: here already, ${entry.weights} weights${without}`);
    }
    const packed = await packDefaults(id, folder);
    if (packed !== undefined) say(packed);
  }
}

/** The models whose files could be had; of the others it says in one sentence why not. */
async function fetchWanted(
  models: readonly CataloguedModel[],
  options: FetchGiven,
  say: (sentence: string) => void,
): Promise<Map<string, Fetched>> {
  say(`Fetching the published weights of ${models.map(({ description }) => description.id).join(", ")} …`);
  const fetched = await fetchModels(models, options, HASTY);
  const failed: string[] = [];
  let first = "";
  for (const [name, outcome] of fetched) {
    if (outcome.error === undefined) for (const sentence of outcome.sentences) say(sentence);
    else {
      first ||= outcome.error.message;
      failed.push(name);
      fetched.delete(name);
    }
  }
  if (failed.length > 0) say(`Not fetched: ${failed.join(", ")}; seeded weights take their place. ${first}`);
  return fetched;
}

async function convertOrTell(
  model: CataloguedModel,
  files: Fetched,
  folder: string,
  say: (sentence: string) => void,
): Promise<boolean> {
  if (files.error !== undefined) return false;
  try {
    say(await convertFetched(model, files, folder));
    return true;
  } catch (thrown) {
    const { code, message } = asOrcaError(thrown);
    if (code !== "weights_invalid") throw thrown;
    say(`${model.description.id}: what was fetched is not the published file and was removed. ${message}`);
    return false;
  }
}

async function buildSeeded(model: CataloguedModel, folder: string): Promise<string> {
  const { description, parameters } = await buildModel(model, seededModel(model), SEEDED, folder);
  return `${description.id}: ${parameters} SEEDED parameters: right shapes and numerics, no learned meaning`;
}
