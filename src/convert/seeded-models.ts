import { GENERATED_LICENCE } from "../models/index.ts";
import type { Provenance } from "./build-model.ts";
import type { PublishedModel } from "./published-model.ts";
import { seededWeights } from "./seeded.ts";
import { elementCount, type Weights } from "./weights.ts";

export const SEEDED: Provenance = {
  weights: "seeded",
  source: { address: "src/convert/seeded.ts", sha256: null },
  licence: { name: GENERATED_LICENCE, redistribution: "They are anybody's." },
};

/** Full-size weights made from names alone, for where the published ones are not at hand. */
export function seededModel({ shapes }: PublishedModel, thin = 1): Weights {
  return seededWeights(shapes(thin));
}

/** How many numbers the published model has. */
export function parametersOf({ shapes }: PublishedModel): number {
  return [...shapes().values()].reduce((sum, shape) => sum + elementCount(shape), 0);
}
