import type { NetContract } from "../engines/index.ts";
import { describeFrontEnd, type FrontEndShape } from "../kernels/index.ts";
import type { ModelDescription, OutputDescription } from "./description.ts";

/** What follows from a description. Nothing here asks which model it is. */

/** Seconds from the start of a window to its end, counted in hops as orca-embeddings does (0.96, 0.96, 3.84). */
export function windowSeconds({ input }: ModelDescription): number {
  return input.window / input.rate;
}

/** Seconds from the start of a window to the start of the next. */
export function hopSeconds({ input }: ModelDescription): number {
  return input.hop / input.rate;
}

/** The output of a role, where there is one. */
export function outputWithRole(
  { outputs }: ModelDescription,
  role: "embedding" | "scores",
): OutputDescription | undefined {
  return outputs.find((output) => output.role === role);
}

/** The shape of an output as it stands in results: pooled. */
export function resultShape({ shape, pooling }: OutputDescription): readonly number[] {
  return pooling === "none" ? shape : shape.slice(1);
}

/** How many numbers an embedding has. */
export function embeddingSize(model: ModelDescription): number {
  return rowSize(outputWithRole(model, "embedding"));
}

/** How many classes are scored, or 0. */
export function scoreCount(model: ModelDescription): number {
  return rowSize(outputWithRole(model, "scores"));
}

function rowSize(output: OutputDescription | undefined): number {
  return output === undefined ? 0 : (resultShape(output)[0] ?? 0);
}

/** What an engine is to load: the input, and each tensor that an output is made of, once. */
export function contractOf({ input, outputs }: ModelDescription): NetContract {
  const tensors = new Map(outputs.map(({ tensor, shape }) => [tensor, { name: tensor, shape }]));
  return {
    input: { name: input.tensor, shape: input.shape },
    outputs: [...tensors.values()],
    ...(input.batch === undefined ? {} : { batch: input.batch }),
  };
}

/** Samples at the model's rate that a window takes. */
export function samplesTaken({ input }: ModelDescription): number {
  return input.taken ?? input.window;
}

/** What the front end gives for a window. */
export function pictureOf(model: ModelDescription): FrontEndShape {
  return describeFrontEnd(model.frontEnd, samplesTaken(model));
}

/** Whether the net takes a picture, which results can show; else it takes the waveform. */
export function hasPicture(model: ModelDescription): boolean {
  return pictureOf(model).bandCentres.length > 0;
}

/** The lowest and the highest frequency that a model hears, Hz. */
export function hearingRange({ input, frontEnd }: ModelDescription): [lowest: number, highest: number] {
  return "lowest" in frontEnd ? [frontEnd.lowest, frontEnd.highest] : [0, input.rate / 2];
}
