import type { Graph, Initializer, Node } from "../graph.ts";
import { columnsOf, type Quantised, quantiseColumns, quantiseRuns } from "./channels.ts";

/**
 * Weights that are floats at one time while a dense layer runs: 1 MiB of floats stays in the cache between being made
 * and being used, and VGGish's 201 MB of them never stand beside its 50 MB of integers.
 */
const BLOCK_WEIGHTS = 256 * 1024;
/** Columns of a block come in multiples of onnxruntime's widest panel. */
const PANEL = 16;

/**
 * The same net with its weights in 8 bits per output channel, made floats again while it runs: activations and sums stay
 * float32, and no scale is calibrated.
 *
 * Filters of a single input channel (the first convolution, YAMNet's depthwise ones) stay as they are: with nine weights
 * a scale they have nothing to gain, and of YAMNet's error they made the half.
 */
export function edgeGraph(graph: Graph): Graph {
  const tensors = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const nodes: Node[] = [];
  const initializers = new Map(tensors);
  for (const node of graph.nodes) {
    const weights = tensors.get(node.inputs[1] ?? "");
    const rewritten = weights === undefined ? undefined : rewrite(node, weights);
    if (weights === undefined || rewritten === undefined) {
      nodes.push(node);
      continue;
    }
    nodes.push(...rewritten.nodes);
    initializers.delete(weights.name);
    for (const tensor of rewritten.initializers) initializers.set(tensor.name, tensor);
  }
  return { ...graph, nodes, initializers: [...initializers.values()] };
}

type Part = Pick<Graph, "nodes" | "initializers">;

function rewrite(node: Node, weights: Initializer): Part | undefined {
  if (node.op === "Conv" && weights.shape[1] !== 1) return convolution(node, weights);
  if (node.op === "Gemm") return dense(node, weights);
  return undefined;
}

/** One DequantizeLinear before the convolution: its channels are runs, which onnxruntime's loop is quick at. */
function convolution(node: Node, weights: Initializer): Part {
  const channels = weights.shape[0] as number;
  const [integers, scales, floats] = ["int8", "scales", "floats"].map((leaf) => `${weights.name}/${leaf}`) as Names;
  const quantised = shared(2, async () => quantiseRuns((await weights.read()) as Float32Array, channels));
  const [x, , bias] = node.inputs as Names;
  return {
    nodes: [step("DequantizeLinear", [integers, scales], floats, { axis: 0 }), { ...node, inputs: [x, floats, bias] }],
    initializers: [
      { name: integers, shape: weights.shape, type: "int8", read: async () => (await quantised()).integers },
      { name: scales, shape: [channels], type: "float", read: async () => (await quantised()).scales },
    ],
  };
}

/**
 * Blocks of columns, each made floats with the scale 1, and the columns' own scales on the sums. DequantizeLinear along
 * columns would be the shorter graph; its loop over them takes five times as long as everything here.
 */
function dense(node: Node, weights: Initializer): Part {
  const [rows, columns] = weights.shape as readonly [number, number];
  const width = Math.min(columns, Math.max(PANEL, Math.floor(BLOCK_WEIGHTS / rows / PANEL) * PANEL));
  const starts = Array.from({ length: Math.ceil(columns / width) }, (_, at) => at * width);
  const quantised = shared(starts.length + 1, async () =>
    quantiseColumns((await weights.read()) as Float32Array, columns),
  );
  const [x, , bias] = node.inputs as Names;
  const [one, scales, sums, scaled] = [
    `${weights.name}/one`,
    `${weights.name}/scales`,
    `${node.name}/sums`,
    `${node.name}/scaled`,
  ];
  const nodes: Node[] = [];
  const initializers: Initializer[] = [
    { name: one, shape: [], type: "float", read: async () => Float32Array.of(1) },
    { name: scales, shape: [columns], type: "float", read: async () => (await quantised()).scales },
  ];
  for (const from of starts) {
    const to = Math.min(columns, from + width);
    const [integers, floats, block] = [
      `${weights.name}/int8/${from}`,
      `${weights.name}/floats/${from}`,
      `${sums}/${from}`,
    ];
    initializers.push({
      name: integers,
      shape: [rows, to - from],
      type: "int8",
      read: async () => columnsOf((await quantised()).integers, columns, from, to),
    });
    nodes.push(step("DequantizeLinear", [integers, one], floats), step("MatMul", [x, floats], block));
  }
  const blocks = starts.map((from) => `${sums}/${from}`);
  nodes.push(step("Concat", blocks, sums, { axis: 1 }), step("Mul", [sums, scales], scaled), {
    ...step("Add", [scaled, bias], node.name),
    outputs: node.outputs,
  });
  return { nodes, initializers };
}

type Names = [string, string, string];

function step(op: string, inputs: readonly string[], name: string, attributes: Node["attributes"] = {}): Node {
  return { op, name, inputs, outputs: [name], attributes };
}

/**
 * What `make` gives, made once for `reads` readers and then forgotten: tensors are written one after the other, and no
 * more than one layer's integers are to be in memory.
 */
function shared(reads: number, make: () => Promise<Quantised>): () => Promise<Quantised> {
  let held: Promise<Quantised> | undefined;
  let left = reads;
  return () => {
    const result = held ?? make();
    left--;
    held = left === 0 ? undefined : result;
    if (left === 0) left = reads;
    return result;
  };
}
