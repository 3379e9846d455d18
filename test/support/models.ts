import { seededTensor } from "../../src/convert/seeded.ts";
import { seededModel } from "../../src/convert/seeded-models.ts";
import { CATALOGUE, catalogued } from "../../src/models/catalogue.ts";
import type { ModelDescription } from "../../src/models/index.ts";

/** The published models by name; tests know more of each than its description says. */
export const MODEL_NAMES = ["vggish", "yamnet", "humpback"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];
if (CATALOGUE.map(({ description }) => description.id).join() !== MODEL_NAMES.toSorted().join())
  throw new Error("other models");

/** Humpback's front end with the vectors of seeded weights. */
const SEEDED_VECTORS = {
  alpha: Array.from(seededTensor("pcen/alpha", [64])),
  delta: Array.from(seededTensor("pcen/delta", [64])),
  root: Array.from(seededTensor("pcen/root", [64])),
};

/** Descriptions as seeded weights complete them. */
export const MODELS = Object.fromEntries(
  CATALOGUE.map(({ description }): [string, ModelDescription] => {
    const { frontEnd } = description;
    if (frontEnd.kind !== "pcen") return [description.id, description];
    return [description.id, { ...description, frontEnd: { ...frontEnd, ...SEEDED_VECTORS } }];
  }),
) as Readonly<Record<ModelName, ModelDescription>>;

/** The net of seeded weights at `1 / thin` of its width. */
export const netOf = (name: ModelName, thin = 1) => catalogued(name).graph(seededModel(catalogued(name), thin));
