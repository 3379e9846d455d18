import { OrcaError } from "../../errors.ts";
import type { Constant, OnnxGraph, OnnxNode } from "../../onnx/file/graph.ts";
import { geometryOf, outputSize } from "./geometry.ts";
import type { Layer, MapShape, Net, Tensor } from "./layers.ts";
import { pixels } from "./layers.ts";
import { refuse } from "./refuse.ts";
import { reorder, type View } from "./views.ts";

/**
 * Turns an ONNX graph into layers: checks every operator, folds batch norms and biases into the convolution before
 * them, and takes ReLU and residual sums into the layer that makes their input. Refuses what it does not know by name.
 * Throws `weights_invalid`.
 */
export function translate(graph: OnnxGraph): Net {
  return new Translator(graph).run();
}

class Translator {
  readonly #graph: OnnxGraph;
  readonly #views = new Map<string, View>();
  readonly #uses = new Map<string, number>();
  readonly #layers: Layer[] = [];
  /** Which layer writes a tensor. */
  readonly #makers = new Map<number, number>();
  #tensors = 0;

  constructor(graph: OnnxGraph) {
    this.#graph = graph;
    const used = [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs];
    for (const name of used) this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
  }

  run(): Net {
    const { name, shape } = this.#graph.input;
    const [, frames, bands] = shape;
    if (shape.length !== 3 || frames === undefined || bands === undefined) {
      throw new OrcaError(
        "weights_invalid",
        `Input ${name} has shape [${shape.map((size) => size ?? "any").join(", ")}]; [batch, frames, bands] was expected.`,
      );
    }
    const input = this.#tensor({ height: frames, width: bands, channels: 1 }, false);
    this.#views.set(name, { tensor: input, order: "window" });
    for (const node of this.#graph.nodes) this.#views.set(node.output, this.#node(node));
    const outputs = this.#graph.outputs.map((name) => {
      const { tensor, order } = this.#view(name, "the graph's outputs");
      if (tensor === input) throw new OrcaError("weights_invalid", `Output ${name} is the input itself.`);
      return { name, tensor, channelsFirst: order === "first" || order === "flat-first" };
    });
    return { name: this.#graph.name, window: [frames, bands], input, layers: this.#layers, outputs };
  }

  #node(node: OnnxNode): View {
    const input = () => this.#view(node.inputs[0] ?? "", node.name);
    switch (node.op) {
      case "Conv":
        return this.#conv(node, this.#map(node));
      case "MaxPool":
        return this.#maxPool(node, this.#map(node));
      case "GlobalAveragePool": {
        const tensor = this.#map(node);
        const output = this.#tensor({ height: 1, width: 1, channels: tensor.channels }, tensor.nonNegative);
        return { tensor: this.#push({ kind: "mean", input: tensor, output }), order: "first" };
      }
      case "BatchNormalization":
        return this.#batchNorm(node, this.#map(node));
      case "Gemm":
      case "MatMul":
        return this.#dense(node, input());
      case "Relu":
        return this.#relu(node, input());
      case "Sigmoid": {
        const { tensor, order } = input();
        return { tensor: this.#push({ kind: "sigmoid", input: tensor, output: this.#tensor(tensor, true) }), order };
      }
      case "Add":
        return this.#add(node);
      case "Reshape":
      case "Flatten":
      case "Transpose":
        return reorder(node, input(), this.#graph.constants.get(node.inputs[1] ?? "")?.values);
      default:
        throw refuse(node, "is not an operator of the kernels");
    }
  }

  #conv(node: OnnxNode, input: Tensor): View {
    const weights = this.#floats(node, 1);
    const [outputs = 0, perGroup = 0, kernelHeight = 0, kernelWidth = 0] = weights.shape;
    const group = node.integers.get("group")?.[0] ?? 1;
    if (weights.shape.length !== 4) throw refuse(node, `has weights of ${weights.shape.length} dimensions`);
    const depthwise = group > 1 && group === input.channels && perGroup === 1 && outputs === group;
    if (!depthwise && group !== 1) throw refuse(node, `has ${group} groups of ${perGroup} channels`);
    if (!depthwise && perGroup !== input.channels)
      throw refuse(node, `takes ${perGroup} of ${input.channels} channels`);
    const geometry = geometryOf(node, input, [kernelHeight, kernelWidth]);
    const size = outputSize(node, input, geometry);
    const bias = node.inputs[2] ? this.#vector(node, 2, outputs) : new Float32Array(outputs);
    const output = this.#tensor({ ...size, channels: outputs }, false);
    const tensor = this.#push({
      kind: "conv",
      input,
      output,
      residual: undefined,
      depthwise,
      weights: weights.values,
      bias,
      relu: false,
      ...geometry,
    });
    return { tensor, order: "first" };
  }

  #maxPool(node: OnnxNode, input: Tensor): View {
    if ((node.integers.get("ceil_mode")?.[0] ?? 0) !== 0) throw refuse(node, "rounds its size up (ceil_mode)");
    const kernel = node.integers.get("kernel_shape") ?? [];
    const geometry = geometryOf(node, input, [kernel[0] ?? 0, kernel[1] ?? 0]);
    const { kernel: k, pads } = geometry;
    if (Math.max(pads[0], pads[2]) >= k[0] || Math.max(pads[1], pads[3]) >= k[1]) {
      throw refuse(node, "has padding as large as its window");
    }
    const size = outputSize(node, input, geometry);
    const output = this.#tensor({ ...size, channels: input.channels }, input.nonNegative);
    return { tensor: this.#push({ kind: "max-pool", input, output, ...geometry }), order: "first" };
  }

  #batchNorm(node: OnnxNode, input: Tensor): View {
    if ((node.integers.get("training_mode")?.[0] ?? 0) !== 0) throw refuse(node, "is in training mode");
    const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((at) => this.#vector(node, at, input.channels)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const epsilon = node.floats.get("epsilon") ?? 1e-5;
    const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt((variance[c] as number) + epsilon));
    const shift = Float64Array.from(beta, (b, c) => b - (mean[c] as number) * (scale[c] as number));
    return { tensor: this.#affine(node, input, scale, shift), order: "first" };
  }

  /** Into the layer before where that is a plain convolution or dense layer, else a layer of its own. */
  #affine(node: OnnxNode, input: Tensor, scale: Float64Array, shift: Float64Array): Tensor {
    const maker = this.#soleMaker(input, node.inputs);
    if (maker && (maker.kind === "conv" || maker.kind === "dense") && !maker.relu && !hasResidual(maker)) {
      const channels = input.channels;
      const each = maker.kind === "conv" ? maker.weights.length / channels : 1;
      maker.weights = maker.weights.map(
        (w, i) => w * (scale[maker.kind === "conv" ? Math.floor(i / each) : i % channels] as number),
      );
      maker.bias = maker.bias.map((b, c) => b * (scale[c] as number) + (shift[c] as number));
      return maker.output;
    }
    const output = this.#tensor(input, false);
    return this.#push({
      kind: "affine",
      input,
      output,
      scale: Float32Array.from(scale),
      shift: Float32Array.from(shift),
      relu: false,
    });
  }

  #dense(node: OnnxNode, { tensor, order }: View): View {
    const isFlat = order.startsWith("flat") || (order === "first" && pixels(tensor) === 1);
    if (!isFlat) throw refuse(node, "takes an input that is not flat");
    const weights = this.#floats(node, 1);
    if (weights.shape.length !== 2) throw refuse(node, `has weights of ${weights.shape.length} dimensions`);
    const flag = (name: string) => (node.integers.get(name)?.[0] ?? 0) !== 0;
    if (flag("transA")) throw refuse(node, "transposes its input (transA)");
    const [rows, columns] = weights.shape as [number, number];
    const [inputs, outputs] = flag("transB") ? [columns, rows] : [rows, columns];
    if (inputs !== pixels(tensor) * tensor.channels) {
      throw refuse(node, `takes ${inputs} numbers; its input has ${pixels(tensor) * tensor.channels}`);
    }
    const alpha = node.floats.get("alpha") ?? 1;
    const beta = node.floats.get("beta") ?? 1;
    let values = flag("transB") ? transposed(weights.values, outputs, inputs) : weights.values;
    if (alpha !== 1) values = values.map((value) => value * alpha);
    const bias = node.op === "Gemm" && node.inputs[2] ? this.#vector(node, 2, outputs) : new Float32Array(outputs);
    const output = this.#tensor({ height: 1, width: 1, channels: outputs }, false);
    const layer: Layer = {
      kind: "dense",
      input: tensor,
      output,
      weights: values,
      channelsFirst: order === "flat-first",
      bias: beta === 1 ? bias : bias.map((value) => value * beta),
      relu: false,
    };
    return { tensor: this.#push(layer), order: "flat-last" };
  }

  #relu(node: OnnxNode, { tensor, order }: View): View {
    const maker = this.#soleMaker(tensor, node.inputs);
    if (maker && "relu" in maker) {
      maker.relu = true;
      return { tensor: this.#replaceOutput(maker, true), order };
    }
    const ones = new Float32Array(tensor.channels).fill(1);
    const shift = new Float32Array(tensor.channels);
    const output = this.#tensor(tensor, true);
    return { tensor: this.#push({ kind: "affine", input: tensor, output, scale: ones, shift, relu: true }), order };
  }

  #add(node: OnnxNode): View {
    const constants = node.inputs.filter((name) => this.#graph.constants.has(name));
    if (constants.length === 1) return this.#addConstant(node, constants[0] as string);
    const [a, b] = node.inputs.map((name) => this.#view(name, node.name)) as [View, View];
    if (!sameShape(a.tensor, b.tensor) || (a.order !== b.order && pixels(a.tensor) > 1)) {
      throw refuse(node, "adds maps of different shapes");
    }
    const nonNegative = a.tensor.nonNegative && b.tensor.nonNegative;
    // The later of the two is still at hand when it is made: a convolution takes the other in.
    const makers = [a, b].map(({ tensor }) => this.#makers.get(tensor.id) ?? -1) as [number, number];
    const [last, other] = makers[0] > makers[1] ? [a, b] : [b, a];
    const maker = this.#soleMaker(last.tensor, node.inputs);
    if (
      maker?.kind === "conv" &&
      !maker.depthwise &&
      !maker.relu &&
      !hasResidual(maker) &&
      other.tensor !== last.tensor
    ) {
      maker.residual = other.tensor;
      return { tensor: maker.output, order: a.order };
    }
    const output = this.#tensor(a.tensor, nonNegative);
    const layer: Layer = { kind: "add", input: a.tensor, other: b.tensor, output, relu: false };
    return { tensor: this.#push(layer), order: a.order };
  }

  /** A bias: [n] or [1, n] on a row, [channels, 1, 1] or [1, channels, 1, 1] on a map. */
  #addConstant(node: OnnxNode, name: string): View {
    const at = node.inputs.indexOf(name);
    const { tensor, order } = this.#view(node.inputs[1 - at] ?? "", node.name);
    const { shape } = this.#graph.constants.get(name) as Constant;
    const trimmed = shape[0] === 1 && shape.length > 1 ? shape.slice(1) : shape;
    const wanted = order === "first" ? [tensor.channels, 1, 1] : [tensor.channels];
    const fits = trimmed.length === wanted.length && trimmed.every((size, axis) => size === wanted[axis]);
    if (!fits || order === "window" || order === "last" || (order !== "first" && pixels(tensor) > 1)) {
      throw refuse(node, `adds a constant of shape [${shape.join(", ")}], which is not a bias`);
    }
    const shift = Float64Array.from(this.#floats(node, at).values);
    const output = this.#affine(node, tensor, new Float64Array(tensor.channels).fill(1), shift);
    return { tensor: output, order };
  }

  #push(layer: Layer): Tensor {
    this.#makers.set(layer.output.id, this.#layers.length);
    this.#layers.push(layer);
    return layer.output;
  }

  #tensor({ height, width, channels }: MapShape, nonNegative: boolean): Tensor {
    return { id: this.#tensors++, height, width, channels, nonNegative };
  }

  #replaceOutput(layer: Layer, nonNegative: boolean): Tensor {
    const at = this.#makers.get(layer.output.id) as number;
    layer.output = this.#tensor(layer.output, nonNegative);
    this.#makers.set(layer.output.id, at);
    return layer.output;
  }

  /** The layer that made a tensor that nothing but this node reads. */
  #soleMaker(tensor: Tensor, names: readonly string[]): Layer | undefined {
    const readers = names.filter((name) => this.#views.get(name)?.tensor === tensor);
    // Views share a tensor: whoever reads one of them reads it.
    const uses = [...this.#views]
      .filter(([, view]) => view.tensor === tensor)
      .map(([name]) => this.#uses.get(name) ?? 0);
    const views = uses.length;
    const total = uses.reduce((sum, count) => sum + count, 0);
    if (readers.length !== 1 || total - (views - 1) !== 1) return undefined;
    const at = this.#makers.get(tensor.id);
    return at === undefined ? undefined : this.#layers[at];
  }

  #view(name: string, reader: string): View {
    const view = this.#views.get(name);
    if (view !== undefined) return view;
    throw new OrcaError(
      "weights_invalid",
      `${reader} reads ${name || "an input that is not there"}, which no node before it makes.`,
    );
  }

  #map(node: OnnxNode): Tensor {
    const { tensor, order } = this.#view(node.inputs[0] ?? "", node.name);
    if (order !== "first") throw refuse(node, "takes an input that is not a map with its channels first");
    return tensor;
  }

  #floats(node: OnnxNode, at: number): { shape: readonly number[]; values: Float32Array } {
    const constant = this.#graph.constants.get(node.inputs[at] ?? "");
    if (!(constant?.values instanceof Float32Array)) throw refuse(node, `has no constant numbers as input ${at}`);
    return { shape: constant.shape, values: constant.values };
  }

  #vector(node: OnnxNode, at: number, length: number): Float32Array {
    const { values } = this.#floats(node, at);
    if (values.length !== length)
      throw refuse(node, `has ${values.length} numbers as input ${at}; ${length} were expected`);
    return values;
  }
}

function hasResidual(layer: Layer): boolean {
  return layer.kind === "conv" && layer.residual !== undefined;
}

function sameShape(a: MapShape, b: MapShape): boolean {
  return a.height === b.height && a.width === b.width && a.channels === b.channels;
}

/** [rows][columns] to [columns][rows]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number);
}
