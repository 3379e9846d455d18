import {
  type CachedFile,
  defaultCache,
  type Fetching,
  fetchPublished,
  type Patience,
} from "../../convert/fetch/index.ts";
import type { PublishedFile } from "../../convert/published-model.ts";
import { asOrcaError, type OrcaError } from "../../errors.ts";
import type { CataloguedModel } from "../../models/catalogue.ts";
import { DownloadBars } from "./download-bars.ts";

/** Where published files come from and go to. */
export interface FetchGiven {
  readonly cache?: string;
  readonly fromOrigin?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly anyHash?: boolean;
}

/** How each file is fetched. */
export function fetchingFor(
  { cache = defaultCache(), fromOrigin: origin, timeout, anyHash = false }: FetchGiven,
  patience: Patience,
  bars: DownloadBars,
): (file: string) => Fetching {
  const limits = timeout === undefined ? {} : { connect: 1000 * timeout, idle: 1000 * timeout };
  return (file) => ({ cache, origin, patience: { ...patience, ...limits }, anyHash, progress: bars.bar(file) });
}

/** A model's files on this machine, or why not. */
export type Fetched =
  | {
      readonly weights: CachedFile;
      /** What is published beside them, where it was to be had. */
      readonly components: CachedFile | undefined;
      readonly classes: CachedFile | undefined;
      /** What to tell about the files. */
      readonly sentences: readonly string[];
      readonly error?: undefined;
    }
  | { readonly error: OrcaError };

/** Fetches the files of all models at the same time, so that a network that is not there costs one time limit. */
export async function fetchModels(
  models: readonly CataloguedModel[],
  given: FetchGiven,
  patience: Patience,
): Promise<Map<string, Fetched>> {
  const bars = new DownloadBars();
  const fetching = fetchingFor(given, patience, bars);
  try {
    const fetched = models.map(async (model) => [model.description.id, await fetchModel(model, fetching)] as const);
    return new Map(await Promise.all(fetched));
  } finally {
    bars.stop();
  }
}

async function fetchModel({ files }: CataloguedModel, fetching: (file: string) => Fetching): Promise<Fetched> {
  const fetch = (published: PublishedFile | undefined) =>
    published && fetchPublished(published, fetching(published.file));
  const [weights, components, classes] = await Promise.allSettled([
    fetchPublished(files.weights, fetching(files.weights.file)),
    fetch(files.components),
    fetch(files.classes),
  ]);
  if (weights.status === "rejected") return { error: asOrcaError(weights.reason) };
  const sentences = [describe(weights.value, files.weights.sha256)];
  const beside = (outcome: PromiseSettledResult<CachedFile | undefined>, published: PublishedFile | undefined) => {
    if (published === undefined) return undefined;
    if (outcome.status === "rejected") {
      sentences.push(`${published.file}: the model is converted without it: ${asOrcaError(outcome.reason).message}`);
    } else if (outcome.value !== undefined) sentences.push(describe(outcome.value, published.sha256));
    return outcome.status === "fulfilled" ? outcome.value : undefined;
  };
  return {
    weights: weights.value,
    components: beside(components, files.components),
    classes: beside(classes, files.classes),
    sentences,
  };
}

export function describe({ path, address, bytes, sha256, cached }: CachedFile, published: string | null): string {
  if (cached) return `${path}: here already, sha256 ${sha256}`;
  const known = published === sha256 ? "as published" : "not as published";
  const compared = published === null ? "recorded, as none is published to compare it with" : known;
  return `${path}: ${bytes} bytes from ${address}, sha256 ${sha256} (${compared})`;
}
