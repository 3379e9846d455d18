import { OrcaError } from "../errors.ts";
import { type Postprocess, postprocessed } from "../models/index.ts";
import type { LoadedModel } from "../onnx/index.ts";

/** From an embedding to what takes its place. */
export type Postprocessor = (embedding: Float32Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;

/**
 * What is done to each embedding of a model. Throws `bad_option` where the model has no such post-processing, and
 * `models_missing` where its parameters are not there.
 */
export async function postprocessor(kind: Postprocess, loaded: LoadedModel): Promise<Postprocessor> {
  if (kind === "none") return (embedding) => embedding;
  const { name } = loaded.entry;
  if (name !== "vggish") {
    throw new OrcaError("bad_option", `postprocess=${kind} is VGGish's; ${name} has no post-processing.`, {
      field: "postprocess",
      hint: "Leave it away, or use model=vggish.",
    });
  }
  const pca = await loaded.readPca();
  return (embedding) => postprocessed(embedding, pca);
}
