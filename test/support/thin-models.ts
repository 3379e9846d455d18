import { seededTensor } from "../../src/convert/seeded.ts";
import { seededModel } from "../../src/convert/seeded-models.ts";
import { type Weights, weightsFrom } from "../../src/convert/weights.ts";
import { catalogued } from "../../src/models/catalogue.ts";

/** Seeded weights at an eighth of the published width: the nets' own layers, and small. */
export function thinWeights(id: string): Weights {
  return seededModel(catalogued(id), 8);
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
