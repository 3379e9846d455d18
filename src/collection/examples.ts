import { OrcaError } from "../errors.ts";
import type { Collection } from "./types.ts";

/** Examples that a label gives at most: they lie evenly among its windows. */
const MOST_OF_A_LABEL = 32;

/** Windows of a collection that are examples, by their ids and by labels. Throws `bad_option` for what it does not have. */
export async function exampleWindows(
  collection: Collection,
  ids: readonly number[],
  labels: readonly string[],
): Promise<number[]> {
  const there = await collection.windows(ids, false);
  const missing = ids.find((id) => !there.ids.includes(id));
  if (missing !== undefined)
    throw new OrcaError("bad_option", `The collection has no window ${missing}.`, { field: "window" });
  const all = [...ids];
  for (const label of labels) {
    const labelled: number[] = [];
    const blocks = collection.blocks({ filter: { labels: [label] }, vectors: false });
    for await (const block of blocks) labelled.push(...block.ids);
    if (labelled.length === 0) {
      throw new OrcaError("bad_option", `No window has the label ${JSON.stringify(label)}.`, {
        field: "label",
        hint: "The collection's labels are listed by orca-embed label NAME, or by GET …/annotations.",
      });
    }
    const every = Math.ceil(labelled.length / MOST_OF_A_LABEL);
    all.push(...labelled.filter((_, at) => at % every === 0));
  }
  return all;
}

/** Vectors of windows, each in an array of its own. */
export async function vectorsOf(collection: Collection, ids: readonly number[]): Promise<Float32Array[]> {
  const { vectors, count } = await collection.windows(ids);
  const { dimensions } = collection.model;
  return Array.from({ length: count }, (_, at) => vectors.slice(at * dimensions, (at + 1) * dimensions));
}
