import { type NetOutputs, sizeOf } from "../engines/index.ts";
import { type ModelDescription, type OutputDescription, resultShape } from "../models/index.ts";

/** One window's results by the names of a description's outputs. */
export type WindowOutputs = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

/**
 * From the tensors of a batch to what the description makes of them, a map a window. Arrays are views into the batch's where
 * the numbers are as the net gave them.
 */
export function outputsOf({ outputs }: ModelDescription, tensors: NetOutputs, batch: number): WindowOutputs[] {
  return Array.from(
    { length: batch },
    (_, window) => new Map(outputs.map((output) => [output.name, resultOf(output, tensors, window)])),
  );
}

function resultOf(output: OutputDescription, tensors: NetOutputs, window: number): Float32Array<ArrayBuffer> {
  const size = sizeOf(output);
  const all = tensors.get(output.tensor);
  // Engines give what the contract names, and the contract is made of the description.
  if (all === undefined) throw new Error(`The net gave no ${output.tensor}`);
  return resultOfTensor(output, all.subarray(window * size, (window + 1) * size));
}

/** What a description makes of one window's tensor: pooled, scaled, activated. */
export function resultOfTensor(
  output: OutputDescription,
  tensor: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  return activated(output, scaled(output, pooled(output, tensor)));
}

function pooled(output: OutputDescription, values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const { pooling, shape } = output;
  if (pooling === "none") return values;
  const rows = shape[0] as number;
  const size = sizeOf({ shape: resultShape(output) });
  return Float32Array.from({ length: size }, (_, at) => {
    let result = pooling === "max" ? Number.NEGATIVE_INFINITY : 0;
    for (let row = 0; row < rows; row++) {
      const value = values[row * size + at] as number;
      result = pooling === "max" ? Math.max(result, value) : result + value;
    }
    return pooling === "max" ? result : result / rows;
  });
}

function scaled({ slope, intercept }: OutputDescription, values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return slope === 1 && intercept === 0 ? values : values.map((value) => slope * value + intercept);
}

/** Softmax is of all numbers of the output together, which is a row for scores. */
function activated({ activation }: OutputDescription, values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (activation === "none") return values;
  if (activation === "sigmoid") return values.map((value) => 1 / (1 + Math.exp(-value)));
  const largest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(values, (value) => Math.exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return Float32Array.from(powers, (value) => value / sum);
}
