import { OrcaError } from "../errors.ts";
import { shapeText, type Weights } from "./weights.ts";

/** An ONNX tensor whose numbers are made when they are written. */
export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: "float" | "int8" | "int64";
  read(): Promise<Float32Array | Int8Array | BigInt64Array>;
}

export type Attribute = number | readonly number[];

export interface Node {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A float32 input or output; a string is the name of a free dimension. */
export interface Value {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
}

/**
 * Epsilon of every batch norm of YAMNet (tensorflow/models research/audioset/yamnet/params.py, batchnorm_epsilon) and of
 * Humpback (google/multispecies-whale-detection humpback_model/humpback_model.py); neither Keras' nor PyTorch's default.
 */
export const BATCH_NORM_EPSILON = 1e-4;

/** Symmetric for stride 1; TensorFlow's SAME puts the odd pixel at the end for stride 2 on even sizes. */
const SAME_3X3: Record<number, readonly number[]> = { 1: [1, 1, 1, 1], 2: [0, 0, 1, 1] };

/**
 * Writes a net down node by node. Activations are NCHW with time as height and mel bands as width, as in the published
 * nets (NHWC) with the channel moved. Weights are asked for by their published names, and every one that the net does
 * not use is reported by `finish`.
 */
export class GraphBuilder {
  readonly #weights: Weights;
  readonly #used = new Set<string>();
  readonly #nodes: Node[] = [];
  readonly #initializers: Initializer[] = [];

  constructor(weights: Weights) {
    this.#weights = weights;
  }

  /** The published shape of a tensor, checked against `expected`, where -1 takes any size. */
  shape(name: string, expected: readonly number[]): readonly number[] {
    const shape = this.#weights.shape(name);
    const fits =
      shape.length === expected.length && expected.every((size, axis) => size === -1 || size === shape[axis]);
    if (fits) return shape;
    const wanted = shapeText(expected.map((size) => (size === -1 ? "any" : size)));
    throw new OrcaError("weights_invalid", `Tensor ${name} has shape ${shapeText(shape)}; ${wanted} was expected.`);
  }

  async read(name: string): Promise<Float32Array> {
    this.#used.add(name);
    const values = await this.#weights.read(name);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad === -1) return values;
    throw new OrcaError("weights_invalid", `Tensor ${name} has a non-finite value at element ${bad}.`);
  }

  node(op: string, inputs: readonly string[], name: string, attributes: Record<string, Attribute> = {}): string {
    this.#nodes.push({ op, name, inputs, outputs: [name], attributes });
    return name;
  }

  /** Names the last result `to`: the output of a graph. */
  rename(from: string, to: string): void {
    for (const [at, node] of this.#nodes.entries()) {
      const swap = (name: string) => (name === from ? to : name);
      this.#nodes[at] = { ...node, inputs: node.inputs.map(swap), outputs: node.outputs.map(swap) };
    }
  }

  constant(name: string, values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    this.#initializers.push({ name, shape: [values.length], type: "int64", read: async () => data });
    return name;
  }

  tensor(name: string, shape: readonly number[], uses: readonly string[], read: () => Promise<Float32Array>): string {
    for (const used of uses) this.#used.add(used);
    this.#initializers.push({ name, shape, type: "float", read });
    return name;
  }

  /** Convolution with bias: `${path}/weights` [h, w, in, out] and `${path}/biases`. */
  convolution(input: string, path: string, kernel: number, inputs: number): { out: string; channels: number } {
    const weights = `${path}/weights`;
    const shape = this.shape(weights, [kernel, kernel, inputs, -1]);
    const channels = shape[3] as number;
    const biases = this.biases(`${path}/biases`, channels);
    const kernels = this.tensor(weights, [channels, inputs, kernel, kernel], [weights], async () =>
      toChannelsFirst(await this.read(weights), shape),
    );
    const out = this.node("Conv", [input, kernels, biases], path, spatial(kernel, 1));
    return { out, channels };
  }

  /**
   * Convolution without bias and the batch norm after it (no gamma), as one Conv:
   * w' = w / sqrt(variance + epsilon), b' = beta - mean / sqrt(variance + epsilon), worked out in float64.
   */
  foldedConvolution(
    input: string,
    path: string,
    kernelName: string,
    norm: string,
    kernel: number,
    stride: number,
    inputs: number,
  ): { out: string; channels: number } {
    const depthwise = kernelName.endsWith("depthwise_kernel");
    const shape = this.shape(kernelName, [kernel, kernel, inputs, depthwise ? 1 : -1]);
    const channels = depthwise ? inputs : (shape[3] as number);
    const [beta, mean, variance] = ["beta", "moving_mean", "moving_variance"].map((leaf) => {
      this.shape(`${norm}/${leaf}`, [channels]);
      return `${norm}/${leaf}`;
    }) as [string, string, string];
    const scales = async () => {
      const values = await this.read(variance);
      const bad = values.findIndex((value) => value < 0);
      if (bad === -1) return Float64Array.from(values, (value) => 1 / Math.sqrt(value + BATCH_NORM_EPSILON));
      throw new OrcaError(
        "weights_invalid",
        `Tensor ${variance} has the negative variance ${values[bad]} at element ${bad}.`,
      );
    };
    const weights = this.tensor(
      kernelName,
      [channels, depthwise ? 1 : inputs, kernel, kernel],
      [kernelName, variance],
      async () => {
        const scale = await scales();
        const folded = toChannelsFirst(await this.read(kernelName), depthwise ? depthwiseAsConvolution(shape) : shape);
        const size = folded.length / channels;
        for (let i = 0; i < folded.length; i++) {
          folded[i] = (folded[i] as number) * (scale[Math.floor(i / size)] as number);
        }
        return folded;
      },
    );
    const biases = this.tensor(`${norm}/folded_bias`, [channels], [beta, mean, variance], async () => {
      const scale = await scales();
      const means = await this.read(mean);
      const betas = await this.read(beta);
      return betas.map((value, c) => value - (means[c] as number) * (scale[c] as number));
    });
    const attributes = { ...spatial(kernel, stride), ...(depthwise ? { group: channels } : {}) };
    return { out: this.node("Conv", [input, weights, biases], path, attributes), channels };
  }

  /** Dense layer: `${path}/${leaf}` [in, out] and its bias. */
  dense(input: string, path: string, leaf: "weights" | "kernel", inputs: number): { out: string; units: number } {
    const name = `${path}/${leaf}`;
    const units = this.shape(name, [inputs, -1])[1] as number;
    const biases = this.biases(`${path}/${leaf === "weights" ? "biases" : "bias"}`, units);
    const weights = this.tensor(name, [inputs, units], [name], () => this.read(name));
    return { out: this.node("Gemm", [input, weights, biases], path), units };
  }

  relu(input: string): string {
    return this.node("Relu", [input], `${input}/relu`);
  }

  finish(name: string, inputs: readonly Value[], outputs: readonly Value[], elsewhere: readonly string[] = []): Graph {
    const left = this.#weights.names.filter((tensor) => !this.#used.has(tensor) && !elsewhere.includes(tensor));
    if (left.length > 0) {
      throw new OrcaError(
        "weights_invalid",
        `The weights hold ${left.length} tensor(s) that ${name} does not have: ${left.slice(0, 5).join(", ")}.`,
        {
          hint: "Is this file another model, or another version of it?",
        },
      );
    }
    return { name, inputs, outputs, nodes: this.#nodes, initializers: this.#initializers };
  }

  private biases(name: string, channels: number): string {
    this.shape(name, [channels]);
    return this.tensor(name, [channels], [name], () => this.read(name));
  }
}

function spatial(kernel: number, stride: number): Record<string, Attribute> {
  const half = (kernel - 1) / 2;
  const pads = kernel === 1 ? [0, 0, 0, 0] : (kernel === 3 && SAME_3X3[stride]) || [half, half, half, half];
  return { kernel_shape: [kernel, kernel], strides: [stride, stride], pads };
}

/** [h, w, C, 1] means C filters of one input each: the same numbers as [h, w, 1, C]. */
function depthwiseAsConvolution([h, w, c]: readonly number[]): readonly number[] {
  return [h as number, w as number, 1, c as number];
}

/** [h, w, in, out] to [out, in, h, w]. */
function toChannelsFirst(values: Float32Array, shape: readonly number[]): Float32Array {
  const [height, width, inputs, outputs] = shape as readonly [number, number, number, number];
  const out = new Float32Array(values.length);
  const area = height * width;
  let at = 0;
  for (let pixel = 0; pixel < area; pixel++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) out[(o * inputs + i) * area + pixel] = values[at++] as number;
    }
  }
  return out;
}
