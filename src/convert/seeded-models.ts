import type { ModelName } from "../models/index.ts";
import type { Provenance } from "./build-model.ts";
import { humpbackShapes } from "./nets/humpback.ts";
import { vggishShapes } from "./nets/vggish.ts";
import { yamnetShapes } from "./nets/yamnet.ts";
import { seededWeights } from "./seeded.ts";
import { elementCount, type Weights } from "./weights.ts";

const SHAPES: Readonly<Record<ModelName, (thin?: number) => Map<string, readonly number[]>>> = {
  vggish: vggishShapes,
  yamnet: yamnetShapes,
  humpback: humpbackShapes,
};

export const SEEDED: Provenance = {
  weights: "seeded",
  source: { address: "src/convert/seeded.ts", sha256: null },
  licence: "none: generated numbers",
};

/** Full-size weights made from names alone, for where the published ones are not at hand. */
export function seededModel(name: ModelName): Weights {
  return seededWeights(SHAPES[name]());
}

/** How many numbers the published model has. */
export function parametersOf(name: ModelName): number {
  return [...SHAPES[name]().values()].reduce((sum, shape) => sum + elementCount(shape), 0);
}
