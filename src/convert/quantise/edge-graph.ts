import type { Graph, Initializer, Node } from "../graph.ts";
import { columnsOf, quantiseColumns, quantiseRuns } from "./channels.ts";
import { shared } from "./shared.ts";

/**
 * Weights that are floats at one time: 1 MiB of them stays in the cache between being made and being used, and VGGish's
 * 201 MB never stand beside its 50 MB of integers.
 */
const BLOCK_WEIGHTS = 2 ** 18;
/** Blocks are multiples of onnxruntime's widest panel of columns. */
const PANEL = 16;

/** A net in the making. Nodes of `first` come before all of `nodes` in the file. */
interface Draft {
  readonly first: Node[];
  readonly nodes: Node[];
  readonly initializers: Map<string, Initializer>;
}

/**
 * The same net with its weights in 8 bits per output channel, made floats again while it runs: activations and sums stay
 * float32, and no scale is calibrated.
 *
 * Filters of a single input channel (the first convolution, YAMNet's depthwise ones) stay as they are: with nine weights
 * a scale they have nothing to gain, and of YAMNet's error they made the half.
 */
export function edgeGraph(graph: Graph): Graph {
  const initializers = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const draft: Draft = { first: [], nodes: [], initializers };
  for (const node of graph.nodes) {
    const weights = initializers.get(node.inputs[1] ?? "");
    if (weights !== undefined && node.op === "Conv" && weights.shape[1] !== 1) convolution(draft, node, weights);
    else if (weights !== undefined && node.op === "Gemm") dense(draft, node, weights);
    else draft.nodes.push(node);
  }
  // onnxruntime walks back from the outputs, and of a node's inputs it follows the one first that is last in the file. So
  // these, at the beginning, are left until the layer before theirs is done; elsewhere, floats for all of the net would
  // be made before its first layer.
  return { ...graph, nodes: [...draft.first, ...draft.nodes], initializers: [...initializers.values()] };
}

/** Blocks of output channels, each a run of weights with its scales: DequantizeLinear and a smaller convolution. */
function convolution({ first, nodes, initializers }: Draft, node: Node, weights: Initializer): void {
  const [channels, ...filter] = weights.shape as [number, ...number[]];
  const [x, , bias] = node.inputs as [string, string, string];
  const size = filter.reduce((product, length) => product * length, 1);
  const blocks = blocksOf(channels, BLOCK_WEIGHTS / size);
  const quantised = shared(2 * blocks.length, async () => quantiseRuns(await floatsOf(weights), channels));
  const biases = initializers.get(bias) as Initializer;
  initializers.delete(weights.name);
  initializers.delete(bias);
  const outputs = blocks.map(([from, to]) => {
    const [integers, scales, floats] = ["int8", "scales", "floats"].map((part) => `${weights.name}/${part}/${from}`);
    const [offsets, output] = [`${bias}/${from}`, blocks.length === 1 ? node.name : `${node.name}/${from}`];
    put(initializers, integers as string, [to - from, ...filter], "int8", async () =>
      (await quantised()).integers.slice(from * size, to * size),
    );
    put(initializers, scales as string, [to - from], "float", async () => (await quantised()).scales.slice(from, to));
    put(initializers, offsets, [to - from], "float", async () => (await floatsOf(biases)).slice(from, to));
    first.push(step("DequantizeLinear", [integers as string, scales as string], floats as string, { axis: 0 }));
    nodes.push(step("Conv", [x, floats as string, offsets], output, node.attributes));
    return output;
  });
  if (outputs.length > 1) nodes.push(step("Concat", outputs, node.name, { axis: 1 }));
}

/**
 * Blocks of columns, each made floats with the scale 1, and the columns' own scales on the sums. DequantizeLinear along
 * columns would be the shorter graph; its loop over them takes five times as long as all of this.
 */
function dense({ first, nodes, initializers }: Draft, node: Node, weights: Initializer): void {
  const [rows, columns] = weights.shape as readonly [number, number];
  const [x, , bias] = node.inputs as [string, string, string];
  const blocks = blocksOf(columns, BLOCK_WEIGHTS / rows);
  const quantised = shared(blocks.length + 1, async () => quantiseColumns(await floatsOf(weights), columns));
  const [one, scales] = [`${weights.name}/one`, `${weights.name}/scales`];
  const [sums, scaled] = [`${node.name}/sums`, `${node.name}/scaled`];
  initializers.delete(weights.name);
  put(initializers, one, [], "float", async () => Float32Array.of(1));
  put(initializers, scales, [columns], "float", async () => (await quantised()).scales);
  const outputs = blocks.map(([from, to]) => {
    const [integers, floats] = [`${weights.name}/int8/${from}`, `${weights.name}/floats/${from}`];
    const output = blocks.length === 1 ? sums : `${sums}/${from}`;
    put(initializers, integers, [rows, to - from], "int8", async () =>
      columnsOf((await quantised()).integers, columns, from, to),
    );
    first.push(step("DequantizeLinear", [integers, one], floats));
    nodes.push(step("MatMul", [x, floats], output));
    return output;
  });
  if (outputs.length > 1) nodes.push(step("Concat", outputs, sums, { axis: 1 }));
  nodes.push(step("Mul", [sums, scales], scaled));
  // A graph's output is named otherwise than the node that makes it.
  nodes.push({ ...step("Add", [scaled, bias], node.name), outputs: node.outputs });
}

/** Cuts `channels` into blocks of about `most`. */
function blocksOf(channels: number, most: number): (readonly [from: number, to: number])[] {
  const width = Math.max(PANEL, Math.floor(most / PANEL) * PANEL);
  const count = Math.ceil(channels / width);
  return Array.from({ length: count }, (_, at) => [at * width, Math.min(channels, (at + 1) * width)] as const);
}

async function floatsOf(tensor: Initializer): Promise<Float32Array> {
  return (await tensor.read()) as Float32Array;
}

function put(
  initializers: Map<string, Initializer>,
  name: string,
  shape: readonly number[],
  type: Initializer["type"],
  read: Initializer["read"],
): void {
  initializers.set(name, { name, shape, type, read });
}

function step(op: string, inputs: readonly string[], name: string, attributes: Node["attributes"] = {}): Node {
  return { op, name, inputs, outputs: [name], attributes };
}
