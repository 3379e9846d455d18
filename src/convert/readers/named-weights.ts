import { OrcaError } from "../../errors.ts";
import type { PublishedModel } from "../published-model.ts";
import { type Weights, weightsFrom } from "../weights.ts";
import { resolveNames } from "./canonical-names.ts";
import { invalid } from "./invalid.ts";
import { readSmoothing } from "./smoother.ts";
import type { StoredTensor, TensorStore } from "./tensor-store.ts";

export interface NamedWeights {
  /** By the names used here, in the published order; every read is checked. */
  readonly weights: Weights;
  /** What the file says of the front end, where it does: Humpback's PCEN smoothing s, 0 to 1. */
  readonly frontEnd?: { readonly smooth: number };
}

/**
 * A checkpoint's tensors as a model's weights, checked before any number is read: all there, none too many, shapes that
 * the net can be built with. Numbers are checked when they are read: finite, and variances not negative. Every fault
 * throws `weights_invalid` with the tensor and the byte.
 */
export async function namedWeights(model: PublishedModel, store: TensorStore): Promise<NamedWeights> {
  const tensors = new Map(resolveNames(model.description.id, model.names(), store));
  const [kernel, recurrent] = [model.smoother?.kernel, model.smoother?.recurrent].map((name = "") => {
    const tensor = tensors.get(name);
    tensors.delete(name);
    return tensor;
  });
  const weights = weightsFrom(
    new Map(
      [...tensors].map(([name, tensor]) => [name, { shape: tensor.shape, read: () => readChecked(name, tensor) }]),
    ),
  );
  checkShapes(model, weights, tensors);
  if (kernel === undefined || recurrent === undefined) return { weights };
  return { weights, frontEnd: { smooth: await readSmoothing(kernel, recurrent) } };
}

async function readChecked(name: string, tensor: StoredTensor): Promise<Float32Array> {
  const { values, place } = await tensor.read().catch((thrown: unknown) => {
    if (!(thrown instanceof OrcaError)) throw thrown;
    // Readers know bytes, and the file's own keys.
    throw new OrcaError(thrown.code, `Tensor ${name}: ${thrown.message}`, {
      ...(thrown.byteOffset === undefined ? {} : { byteOffset: thrown.byteOffset }),
      ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
      cause: thrown,
    });
  });
  const variance = name.endsWith("/moving_variance");
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isFinite(value) && !(variance && value < 0)) continue;
    throw invalid(place.file, place.byteOffset + 4 * i, `tensor ${name} has the value ${value} at element ${i}.`);
  }
  return values;
}

/** Builds the net once, which asks for every shape and reads no numbers, and adds the place to what it finds. */
function checkShapes(model: PublishedModel, weights: Weights, tensors: ReadonlyMap<string, StoredTensor>): void {
  let asked = "";
  const watched: Weights = {
    ...weights,
    shape: (name) => {
      asked = name;
      return weights.shape(name);
    },
  };
  try {
    model.graph(watched);
  } catch (error) {
    const declared = tensors.get(asked)?.declared;
    if (!(error instanceof OrcaError) || declared === undefined) throw error;
    throw invalid(declared.file, declared.byteOffset, error.message, error.hint, error);
  }
}
