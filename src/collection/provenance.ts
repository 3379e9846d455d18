import { OrcaError } from "../errors.ts";
import type { HeaderRecord, SummaryRecord } from "../records/index.ts";
import type { CollectionModel, Made } from "./types.ts";

/** What decides the numbers of the records behind a header. */
export function collectionModel(header: HeaderRecord): CollectionModel {
  const { model, embedding, variant, weights, sha256, rate, window, pcen, postprocess, pca, highpass } = header;
  const choices = {
    ...(pcen === undefined ? {} : { pcen }),
    ...(postprocess === undefined ? {} : { postprocess }),
    ...(pca === undefined ? {} : { pca }),
    ...(highpass === undefined ? {} : { highpass: JSON.stringify(highpass) }),
  };
  return { id: model, dimensions: embedding, variant, weights, sha256, rate, window, choices };
}

/** The highest frequency that a model hears, Hz; undefined where its rate is not known. */
export const highestHeard = ({ rate }: CollectionModel): number | undefined =>
  rate === undefined ? undefined : rate / 2;

/** What of a result is its own, and not its collection's. */
export function madeBy(header: HeaderRecord, summary?: SummaryRecord): Made {
  const { engine, version, source, start, recorder, channel } = header;
  return {
    engine,
    version,
    source,
    channel,
    ...(start === undefined ? {} : { start }),
    ...(recorder === undefined ? {} : { recorder }),
    ...(summary === undefined ? {} : { findings: summary.findings, complete: summary.complete }),
  };
}

/** How two models differ, in words; undefined where vectors of both may lie in one collection. */
export function modelDifference(had: CollectionModel, other: CollectionModel): string | undefined {
  const pairs: (readonly [string, unknown, unknown])[] = [
    ["numbers a vector", had.dimensions, other.dimensions],
    ["the model", had.id, other.id],
    ["the variant", had.variant, other.variant],
    ["the weights' sha256", had.sha256, other.sha256],
  ];
  const names = new Set([...Object.keys(had.choices ?? {}), ...Object.keys(other.choices ?? {})]);
  // What one of them says nothing of at all is not known, and is no difference.
  if (had.choices !== undefined && other.choices !== undefined)
    for (const name of names) pairs.push([name, had.choices[name] ?? "none", other.choices[name] ?? "none"]);
  const differs = pairs.find(([, a, b]) => a !== undefined && b !== undefined && a !== b);
  return differs && `${differs[0]}: ${differs[1]}, not ${differs[2]}`;
}

/** Throws `bad_option` where vectors of `other` may not lie in a collection of `had`. @param name  the collection's */
export function checkSameModel(name: string, had: CollectionModel, other: CollectionModel): void {
  const how = modelDifference(had, other);
  if (how === undefined) return;
  throw new OrcaError("bad_option", `${name} holds other embeddings (${how}).`, {
    hint: "Vectors of two nets cannot be compared: give another collection.",
  });
}
