import { OrcaError } from "../errors.ts";
import { type LoadedModel, type Postprocess, projected } from "../models/index.ts";

/** From an embedding to what takes its place. */
export type Postprocessor = (embedding: Float32Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;

/**
 * What is done to each embedding of a model. Throws `bad_option` where the model has no such post-processing, and
 * `models_missing` where its parameters are not there.
 */
export async function postprocessor(kind: Postprocess, loaded: LoadedModel): Promise<Postprocessor> {
  if (kind === "none") return (embedding) => embedding;
  const { id, principalComponents: range } = loaded.entry.description;
  if (range === undefined) {
    throw new OrcaError("bad_option", `postprocess=${kind} is for models with principal components; ${id} has none.`, {
      field: "postprocess",
      hint: "Leave it away.",
    });
  }
  const components = await loaded.readComponents();
  return (embedding) => projected(embedding, components, range);
}
