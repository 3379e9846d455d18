import { type Graph, GraphBuilder } from "../../convert/graph.ts";
import type { Weights } from "../../convert/weights.ts";

/** ResNet-50 v1: google/multispecies-whale-detection humpback_model/humpback_model.py. */
const GROUPS = [
  { name: "group", blocks: 3, inner: 64, outer: 256, stride: 1 },
  { name: "group_1", blocks: 4, inner: 128, outer: 512, stride: 2 },
  { name: "group_2", blocks: 6, inner: 256, outer: 1024, stride: 2 },
  { name: "group_3", blocks: 3, inner: 512, outer: 2048, stride: 2 },
] as const;

/** The front end's trained vectors: weights of the model, but not of the net. */
export const PCEN_TENSORS = ["pcen/alpha", "pcen/delta", "pcen/root"] as const;

const blockPath = (group: string, block: number) => `${group}/${block === 0 ? "block_widen" : `block_${block}`}`;

/** Convolutions in the order in which the published code makes them; a batch norm follows each. */
export function* humpbackConvolutions(thin = 1): Generator<[path: string, shape: readonly number[]]> {
  yield ["pre_blocks/conv", [7, 7, 1, 64 / thin]];
  let channels = 64 / thin;
  for (const group of GROUPS) {
    const inner = group.inner / thin;
    const outer = group.outer / thin;
    for (let block = 0; block < group.blocks; block++) {
      const path = blockPath(group.name, block);
      if (block === 0) yield [`${path}/residual_path/conv_residual`, [1, 1, channels, outer]];
      yield [`${path}/main_path/conv_bottleneck`, [1, 1, channels, inner]];
      yield [`${path}/main_path/conv`, [3, 3, inner, inner]];
      yield [`${path}/main_path/conv_output`, [1, 1, inner, outer]];
      channels = outer;
    }
  }
}

/** Published shapes at `1 / thin` of the published width; PCEN's 64 bands stay. */
export function humpbackShapes(thin = 1): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>(PCEN_TENSORS.map((name) => [name, [64]]));
  for (const [path, shape] of humpbackConvolutions(thin)) {
    shapes.set(`${path}/kernel`, shape);
    for (const leaf of ["beta", "moving_mean", "moving_variance"]) shapes.set(`${path}/bn/${leaf}`, shape.slice(-1));
  }
  shapes.set("dense/kernel", [2048 / thin, 1]);
  shapes.set("dense/bias", [1]);
  return shapes;
}

/** Humpback: embedding is the mean over time and mel of the last group, scores the sigmoid of the one class. */
export function humpbackGraph(weights: Weights): Graph {
  const build = new GraphBuilder(weights);
  const convolution = (x: string, path: string, kernel: number, stride: number, inputs: number) =>
    build.foldedConvolution(x, path, `${path}/kernel`, `${path}/bn`, kernel, stride, inputs);
  const image = build.node("Reshape", ["window", build.constant("image_shape", [-1, 1, 128, 64])], "image");
  const stem = convolution(image, "pre_blocks/conv", 7, 1, 1);
  // SAME on an even size: the odd pixel is at the end, and it never wins, because padding counts as -infinity.
  let x = build.node("MaxPool", [build.relu(stem.out)], "pool", {
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [0, 0, 1, 1],
  });
  let channels = stem.channels;
  for (const group of GROUPS) {
    for (let block = 0; block < group.blocks; block++) {
      const path = blockPath(group.name, block);
      const stride = block === 0 ? group.stride : 1;
      const shortcut = block === 0 ? convolution(x, `${path}/residual_path/conv_residual`, 1, stride, channels).out : x;
      // The stride is on the first 1x1, as in the first version of ResNet.
      const narrow = convolution(x, `${path}/main_path/conv_bottleneck`, 1, stride, channels);
      const middle = convolution(build.relu(narrow.out), `${path}/main_path/conv`, 3, 1, narrow.channels);
      const wide = convolution(build.relu(middle.out), `${path}/main_path/conv_output`, 1, 1, middle.channels);
      x = build.relu(build.node("Add", [shortcut, wide.out], `${path}/sum`));
      channels = wide.channels;
    }
  }
  x = build.node("GlobalAveragePool", [x], "mean");
  x = build.node("Flatten", [x], "embedding", { axis: 1 });
  const logits = build.dense(x, "dense", "kernel", channels);
  build.node("Sigmoid", [logits.out], "scores");
  return build.finish(
    "humpback",
    [{ name: "window", shape: ["batch", 128, 64] }],
    [
      { name: "embedding", shape: ["batch", channels] },
      { name: "scores", shape: ["batch", logits.units] },
    ],
    PCEN_TENSORS,
  );
}
