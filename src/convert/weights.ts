import { OrcaError } from "../errors.ts";

/**
 * Tensors by their published names, in the published (TensorFlow) layout: float32, row-major, convolutions
 * [height, width, in, out], dense [in, out]. Readers of checkpoint formats give this; nets are built from it.
 */
export interface Weights {
  readonly names: readonly string[];
  /** Throws `weights_invalid` where there is no such tensor. */
  shape(name: string): readonly number[];
  /** Reads one tensor; nothing is kept, so that a 289 MB model needs the memory of its largest tensor only. */
  read(name: string): Promise<Float32Array>;
}

/** Weights from a map of what can be made one at a time. */
export function weightsFrom(
  tensors: ReadonlyMap<string, { shape: readonly number[]; read(): Promise<Float32Array> | Float32Array }>,
): Weights {
  const find = (name: string) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new OrcaError("weights_invalid", `The weights have no tensor ${name}.`);
    return tensor;
  };
  return {
    names: [...tensors.keys()],
    shape: (name) => find(name).shape,
    read: async (name) => find(name).read(),
  };
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A shape as people write it: [3, 3, 1, 64]. */
export function shapeText(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}
