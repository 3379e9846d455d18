import fc from "fast-check";
import { ModelProto } from "../../../src/onnx/file/proto.ts";
import { noise } from "./kernel-memory.ts";

type Attributes = Record<string, number | readonly number[] | { readonly float: number } | { readonly text: string }>;

/** Writes small ONNX graphs node by node; weights are noise. */
export class GraphWriter {
  readonly #nodes: object[] = [];
  readonly #initializers: object[] = [];
  #names = 0;
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Adds a node; its output's name is `output` or a new one. */
  node(op: string, inputs: readonly string[], attributes: Attributes = {}, output = `t${this.#names++}`): string {
    this.#nodes.push({
      opType: op,
      name: output,
      input: inputs,
      output: [output],
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
    return output;
  }

  floats(shape: readonly number[], map: (value: number) => number = (value) => value): string {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = noise(count, this.#seed++).map(map);
    return this.#tensor(shape, 1, new Uint8Array(values.buffer));
  }

  integers(values: readonly number[]): string {
    return this.#tensor([values.length], 7, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  }

  bytes(frames: number, bands: number, outputs: readonly string[]): Uint8Array {
    const value = (name: string, dim: object[]) => ({ name, type: { tensorType: { elemType: 1, shape: { dim } } } });
    const window = [{ dimParam: "batch" }, { dimValue: frames }, { dimValue: bands }];
    return ModelProto.encode({
      irVersion: 8,
      opsetImport: [{ domain: "", version: 17 }],
      graph: {
        name: "random",
        node: this.#nodes,
        initializer: this.#initializers,
        input: [value("window", window)],
        output: outputs.map((name) => value(name, [{ dimParam: "batch" }, { dimParam: name }])),
      },
    }).finish();
  }

  #tensor(dims: readonly number[], dataType: number, rawData: Uint8Array): string {
    const name = `c${this.#names++}`;
    this.#initializers.push({ name, dims, dataType, rawData });
    return name;
  }
}

function attribute(name: string, value: Attributes[string]): object {
  if (typeof value === "number") return { name, i: value, type: 2 };
  if ("float" in value) return { name, f: value.float, type: 1 };
  if ("text" in value) return { name, s: new TextEncoder().encode(value.text), type: 3 };
  return { name, ints: value, type: 7 };
}

/** A random net of the operators that the kernels run, as .onnx. */
export interface RandomNet {
  readonly frames: number;
  readonly bands: number;
  readonly onnx: Uint8Array;
  readonly operators: readonly string[];
  readonly hasScores: boolean;
}

const STEPS = [
  "conv",
  "conv3",
  "depthwise",
  "pool",
  "relu",
  "norm",
  "residual",
  "bias",
  "sigmoid",
  "half",
  "fork",
] as const;

export function randomNets(): fc.Arbitrary<RandomNet> {
  const size = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(8, 16, 24, 40));
  const step = fc.record({
    kind: fc.constantFrom(...STEPS),
    channels: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(16, 32, 48, 65, 96)),
    kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pads: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)),
    same: fc.boolean(),
  });
  return fc
    .record({
      frames: size,
      bands: size,
      seed: fc.integer(),
      steps: fc.array(step, { minLength: 1, maxLength: 7 }),
      end: fc.constantFrom("mean", "flatten", "channels-last", "reshape"),
      dense: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 2 }),
      matMul: fc.boolean(),
      hasScores: fc.boolean(),
    })
    .map(build);
}

interface Recipe {
  readonly frames: number;
  readonly bands: number;
  readonly seed: number;
  readonly steps: readonly {
    readonly kind: (typeof STEPS)[number];
    readonly channels: number;
    readonly kernel: readonly [number, number];
    readonly strides: readonly [number, number];
    readonly pads: readonly [number, number, number, number];
    readonly same: boolean;
  }[];
  readonly end: "mean" | "flatten" | "channels-last" | "reshape";
  readonly dense: readonly number[];
  readonly matMul: boolean;
  readonly hasScores: boolean;
}

function build({ frames, bands, seed, steps, end, dense, matMul, hasScores }: Recipe): RandomNet {
  const write = new GraphWriter(seed);
  let x = write.node("Reshape", ["window", write.integers([-1, 1, frames, bands])]);
  let [channels, height, width] = [1, frames, bands];
  const fan = (count: number) => (value: number) => value * Math.sqrt(3 / count);
  const convolution = (
    kernel: readonly number[],
    inputs: number,
    outputs: number,
    attributes: Attributes,
    group = 1,
  ) => {
    const each = inputs / group;
    const [kh = 1, kw = 1] = kernel;
    const weights = write.floats([outputs, each, kh, kw], fan(each * kh * kw));
    const inputsOf = seed % 2 === 0 ? [x, weights, write.floats([outputs])] : [x, weights];
    return write.node("Conv", inputsOf, { kernel_shape: kernel, group, ...attributes });
  };
  for (const step of steps) {
    const { kind, kernel, strides, pads } = step;
    const out = (axis: 0 | 1, padded: number) =>
      Math.floor(((axis === 0 ? height : width) + padded - kernel[axis]) / strides[axis]) + 1;
    const fits = out(0, pads[0] + pads[2]) > 0 && out(1, pads[1] + pads[3]) > 0;
    const small = pads.every((pad, i) => pad < kernel[(i % 2) as 0 | 1]);
    if (kind === "conv" && fits) {
      x = convolution(kernel, channels, step.channels, { strides, pads });
      [channels, height, width] = [step.channels, out(0, pads[0] + pads[2]), out(1, pads[1] + pads[3])];
      if (step.same) x = write.node("Relu", [x]);
    } else if (kind === "conv3") {
      x = convolution([3, 3], channels, step.channels, { pads: [1, 1, 1, 1] });
      channels = step.channels;
      if (step.same) x = write.node("Relu", [x]);
    } else if (kind === "depthwise" && fits && small) {
      const [stride, padding] = step.same
        ? [
            [1, 1],
            [1, 1, 1, 1],
          ]
        : [strides, pads];
      x = convolution(step.same ? [3, 3] : kernel, channels, channels, { strides: stride, pads: padding }, channels);
      if (!step.same) [height, width] = [out(0, pads[0] + pads[2]), out(1, pads[1] + pads[3])];
    } else if (kind === "half" && height % 2 === 0 && width % 2 === 0) {
      // TensorFlow's SAME of stride 2, as depthwise convolution or pool.
      const attributes = { strides: [2, 2], auto_pad: { text: "SAME_UPPER" } };
      if (step.same) x = convolution([3, 3], channels, channels, attributes, channels);
      else x = write.node("MaxPool", [x], { kernel_shape: [3, 3], ...attributes });
      [height, width] = [height / 2, width / 2];
    } else if (kind === "pool" && fits && small) {
      x = write.node("MaxPool", [x], { kernel_shape: kernel, strides, pads });
      [height, width] = [out(0, pads[0] + pads[2]), out(1, pads[1] + pads[3])];
    } else if (kind === "norm") {
      const [a, b, c] = [write.floats([channels]), write.floats([channels]), write.floats([channels])];
      const variance = write.floats([channels], (value) => 1.5 + value);
      x = write.node("BatchNormalization", [x, a, b, c, variance], { epsilon: { float: 1e-4 } });
    } else if (kind === "residual") {
      const shortcut = x;
      x = convolution(step.same ? [1, 1] : [3, 3], channels, channels, {
        pads: step.same ? [0, 0, 0, 0] : [1, 1, 1, 1],
      });
      x = write.node("Add", seed % 3 === 0 ? [shortcut, x] : [x, shortcut]);
      if (seed % 2 === 0) x = write.node("Relu", [x]);
    } else if (kind === "fork") {
      // One map, three readers of different kinds, whose results come together again.
      const from = x;
      const odd = convolution([3, 3], channels, step.channels, { pads: [1, 1, 1, 1] });
      x = from;
      const pointwise = convolution([1, 1], channels, step.channels, {});
      x = write.node("Add", [odd, pointwise]);
      if (step.same) {
        x = write.node("Relu", [x]);
        const again = x;
        x = write.node("MaxPool", [from], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
        const pooled = convolution([1, 1], channels, step.channels, {});
        x = write.node("Add", [pooled, again]);
      }
      channels = step.channels;
    } else if (kind === "bias") {
      x = write.node("Add", [x, write.floats([1, channels, 1, 1])]);
    } else if (kind === "sigmoid") {
      x = write.node("Sigmoid", [x]);
    } else {
      x = write.node("Relu", [x]);
    }
  }
  if (end === "mean") {
    x = write.node("GlobalAveragePool", [x]);
    [height, width] = [1, 1];
  }
  if (end === "channels-last") x = write.node("Transpose", [x], { perm: [0, 2, 3, 1] });
  const last = dense.length === 0 && !hasScores ? "embedding" : undefined;
  x =
    end === "reshape"
      ? write.node("Reshape", [x, write.integers([-1, channels * height * width])], {}, last)
      : write.node("Flatten", [x], { axis: 1 }, last);
  let units = channels * height * width;
  for (const [at, width_] of dense.entries()) {
    const isLast = at === dense.length - 1 && !hasScores;
    const weights = write.floats(matMul ? [units, width_] : [width_, units], fan(units));
    if (matMul) {
      x = write.node("MatMul", [x, weights]);
      x = write.node("Add", [write.floats([width_]), x], {}, isLast ? "embedding" : undefined);
    } else {
      x = write.node("Gemm", [x, weights, write.floats([width_])], { transB: 1 }, isLast ? "embedding" : undefined);
    }
    units = width_;
  }
  if (hasScores) {
    // The embedding is also what the scores are made from.
    x = write.node("Relu", [x], {}, "embedding");
    const logits = write.node("Gemm", [x, write.floats([units, 5], fan(units)), write.floats([5])]);
    write.node("Sigmoid", [logits], {}, "scores");
  }
  return {
    frames,
    bands,
    onnx: write.bytes(frames, bands, hasScores ? ["embedding", "scores"] : ["embedding"]),
    operators: steps.map(({ kind }) => kind),
    hasScores,
  };
}
