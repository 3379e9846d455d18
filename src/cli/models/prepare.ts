import { buildModel, VARIANT_NAMES } from "../../convert/build-model.ts";
import { HASTY } from "../../convert/fetch/index.ts";
import { readManifest } from "../../convert/models-folder.ts";
import { SEEDED, seededModel } from "../../convert/seeded-models.ts";
import { asOrcaError } from "../../errors.ts";
import { MODEL_NAMES, type ModelName } from "../../models/index.ts";
import { convertFetched, convertPublished } from "./convert.ts";
import { type Fetched, type FetchGiven, fetchModels } from "./fetch.ts";
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
  const given = new Map<ModelName, string>(yamnet === undefined ? [] : [["yamnet", yamnet]]);
  const { models: present } = await readManifest(folder);
  const known = new Map(present.map((model) => [model.name, model]));
  const wanted = MODEL_NAMES.filter((name) => !given.has(name) && known.get(name)?.weights !== "trained");
  const fetched = offline || rebuild || wanted.length === 0 ? new Map() : await fetchWanted(wanted, options, say);
  for (const name of MODEL_NAMES) {
    const path = given.get(name);
    const files = fetched.get(name);
    const model = known.get(name);
    const missing: string[] = VARIANT_NAMES.filter((variant) => model?.variants[variant] === undefined);
    if (path !== undefined) {
      say(await convertPublished(name, { path }, folder));
      continue;
    }
    if (files !== undefined && (await convertOrTell(name, files, folder, say))) continue;
    if (model === undefined || rebuild || (model.weights === "seeded" && missing.length > 0)) {
      say(await buildSeeded(name, folder));
    } else {
      if (name === "yamnet" && model.weights === "trained" && model.classes === undefined)
        missing.push("the names of its classes");
      const without = missing.length === 0 ? "" : `, without ${missing.join(", ")}: convert its file again to have it`;
      say(`${name}: here already, ${model.weights} weights${without}`);
    }
    const packed = await packDefaults(name, folder);
    if (packed !== undefined) say(packed);
  }
}

/** The models whose files could be had; of the others it says in one sentence why not. */
async function fetchWanted(
  names: readonly ModelName[],
  options: FetchGiven,
  say: (sentence: string) => void,
): Promise<Map<ModelName, Fetched>> {
  say(`Fetching the published weights of ${names.join(", ")} …`);
  const fetched = await fetchModels(names, options, HASTY);
  const failed: ModelName[] = [];
  let first = "";
  for (const [name, outcome] of fetched) {
    if (outcome.error === undefined) for (const sentence of outcome.sentences) say(sentence);
    else {
      first ||= outcome.error.message.replace(/\.$/, "");
      failed.push(name);
      fetched.delete(name);
    }
  }
  if (failed.length > 0) say(`Not fetched: ${failed.join(", ")} (${first}); seeded weights take their place.`);
  return fetched;
}

async function convertOrTell(
  name: ModelName,
  files: Fetched,
  folder: string,
  say: (sentence: string) => void,
): Promise<boolean> {
  if (files.error !== undefined) return false;
  try {
    say(await convertFetched(name, files, folder));
    return true;
  } catch (thrown) {
    const { code, message } = asOrcaError(thrown);
    if (code !== "weights_invalid") throw thrown;
    say(`${name}: what was fetched is not the published file (${message.replace(/\.$/, "")}); it was removed.`);
    return false;
  }
}

async function buildSeeded(name: ModelName, folder: string): Promise<string> {
  const entry = await buildModel(name, seededModel(name), SEEDED, folder);
  return `${name}: ${entry.parameters} SEEDED parameters: right shapes and numerics, no learned meaning`;
}
