import { humpbackGraph, humpbackShapes } from "../../src/convert/nets/humpback.ts";
import { vggishGraph, vggishShapes } from "../../src/convert/nets/vggish.ts";
import { yamnetGraph, yamnetShapes } from "../../src/convert/nets/yamnet.ts";
import { seededTensor, seededWeights } from "../../src/convert/seeded.ts";
import { type Weights, weightsFrom } from "../../src/convert/weights.ts";

/** The three nets as code. */
export const NETS = {
  vggish: { graph: vggishGraph, shapes: vggishShapes },
  yamnet: { graph: yamnetGraph, shapes: yamnetShapes },
  humpback: { graph: humpbackGraph, shapes: humpbackShapes },
} as const;

/** Seeded weights at an eighth of the published width: the nets' own layers, and small. */
export function thinWeights(name: keyof typeof NETS): Weights {
  return seededWeights(NETS[name].shapes(8));
}

/** The weights with one tensor replaced (by seeded numbers where none are given), or without it. */
export function changedWeights(
  weights: Weights,
  name: string,
  shape?: readonly number[],
  values?: Float32Array,
): Weights {
  const tensors = new Map(
    weights.names.map((tensor) => [tensor, { shape: weights.shape(tensor), read: () => weights.read(tensor) }]),
  );
  tensors.delete(name);
  if (shape !== undefined) tensors.set(name, { shape, read: async () => values ?? seededTensor(name, shape) });
  return weightsFrom(tensors);
}
