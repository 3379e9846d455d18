import { Command, InvalidArgumentError, Option } from "commander";
import {
  type CachedFile,
  defaultCache,
  type Fetching,
  fetchPublished,
  PATIENT,
  type Patience,
  PUBLISHED,
  type PublishedFile,
  VGGISH_PCA,
  YAMNET_CLASSES,
} from "../../convert/fetch/index.ts";
import { asOrcaError, type OrcaError } from "../../errors.ts";
import { MODEL_NAMES, type ModelName } from "../../models/index.ts";
import { MODELS_FOLDER } from "../../runtime.node.ts";
import { modelList } from "../options.ts";
import { convertFetched } from "./convert.ts";
import { DownloadBars } from "./download-bars.ts";

/** Where published files come from and go to. */
export interface FetchGiven {
  readonly cache?: string;
  readonly fromOrigin?: string;
  /** Seconds. */
  readonly timeout?: number;
}

export const fetchOptions = (): Option[] => [
  new Option("--cache <dir>", "where fetched files are kept").default(defaultCache()),
  new Option("--from-origin <url>", "fetch from this mirror instead of Google").env("ORCA_MODELS_ORIGIN"),
  new Option("--timeout <seconds>", "how long to wait for an answer, and for each byte of it").argParser(seconds),
];

export function fetchCommand(): Command {
  const command = new Command("fetch")
    .description("Fetch the published weights and convert them.")
    .argument("[names...]", "vggish, yamnet, humpback (default: all)")
    .option("--models <dir>", "where models are kept", MODELS_FOLDER);
  for (const option of fetchOptions()) command.addOption(option);
  return command.action((names: string[], given: FetchGiven & { models: string }) => fetchAndConvert(names, given));
}

async function fetchAndConvert(names: readonly string[], given: FetchGiven & { models: string }): Promise<void> {
  const wanted = names.length === 0 ? MODEL_NAMES : modelList(names.join(","));
  const fetched = await fetchModels(wanted, given, PATIENT);
  for (const [name, outcome] of fetched) {
    // One model that is not to be had does not cost the others theirs.
    try {
      if (outcome.error !== undefined) throw outcome.error;
      for (const sentence of outcome.sentences) console.log(sentence);
      console.log(await convertFetched(name, outcome, given.models));
    } catch (thrown) {
      const error = asOrcaError(thrown);
      console.error(`orca-embed: ${name}: ${error.message}${error.hint === undefined ? "" : ` ${error.hint}`}`);
      process.exitCode = 1;
    }
  }
}

/** A model's files on this machine, or why not. */
export type Fetched =
  | {
      readonly weights: CachedFile;
      /** What is published beside them, where it was to be had: VGGish's post-processing, the names of YAMNet's classes. */
      readonly beside: CachedFile | undefined;
      /** What to tell about the files. */
      readonly sentences: readonly string[];
      readonly error?: undefined;
    }
  | { readonly error: OrcaError };

/** Fetches the files of all models at the same time, so that a network that is not there costs one time limit. */
export async function fetchModels(
  names: readonly ModelName[],
  { cache = defaultCache(), fromOrigin: origin, timeout }: FetchGiven,
  patience: Patience,
): Promise<Map<ModelName, Fetched>> {
  const bars = new DownloadBars();
  const limits = timeout === undefined ? {} : { connect: 1000 * timeout, idle: 1000 * timeout };
  const fetching = (file: string): Fetching => ({
    cache,
    origin,
    patience: { ...patience, ...limits },
    progress: bars.bar(file),
  });
  try {
    const fetched = names.map(async (name) => [name, await fetchModel(name, fetching)] as const);
    return new Map(await Promise.all(fetched));
  } finally {
    bars.stop();
  }
}

/** What is published beside a model's weights, and how a model without it is called. */
const BESIDE: Readonly<Partial<Record<ModelName, readonly [PublishedFile, string]>>> = {
  vggish: [VGGISH_PCA, "without post-processing"],
  yamnet: [YAMNET_CLASSES, "without the names of its classes"],
};

async function fetchModel(name: ModelName, fetching: (file: string) => Fetching): Promise<Fetched> {
  const published = PUBLISHED[name];
  const [more, without = ""] = BESIDE[name] ?? [];
  const [weights, beside] = await Promise.allSettled([
    fetchPublished(published, fetching(published.file)),
    more && fetchPublished(more, fetching(more.file)),
  ]);
  if (weights.status === "rejected") return { error: asOrcaError(weights.reason) };
  const sentences = [describe(weights.value, published.sha256)];
  if (beside.status === "rejected") {
    sentences.push(`${more?.file}: ${without}: ${asOrcaError(beside.reason).message}`);
  } else if (beside.value !== undefined) sentences.push(describe(beside.value, more?.sha256 ?? null));
  return { weights: weights.value, beside: beside.status === "fulfilled" ? beside.value : undefined, sentences };
}

function describe({ path, address, bytes, sha256, cached }: CachedFile, published: string | null): string {
  if (cached) return `${path}: here already, sha256 ${sha256}`;
  const compared = published === null ? "recorded, as none is published to compare it with" : "as published";
  return `${path}: ${bytes} bytes from ${address}, sha256 ${sha256} (${compared})`;
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 3600) return value;
  throw new InvalidArgumentError("Use a number of seconds, up to 3600.");
}
