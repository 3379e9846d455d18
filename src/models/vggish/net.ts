import { type Graph, GraphBuilder } from "../../convert/graph.ts";
import type { Weights } from "../../convert/weights.ts";

/** Convolutions with the pools between them: tensorflow/models research/audioset/vggish/vggish_slim.py. */
const LAYERS = [
  "conv1",
  "pool",
  "conv2",
  "pool",
  "conv3/conv3_1",
  "conv3/conv3_2",
  "pool",
  "conv4/conv4_1",
  "conv4/conv4_2",
  "pool",
];

/** Published shapes at `1 / thin` of the published width. */
export function vggishShapes(thin = 1): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const put = (name: string, shape: readonly number[]) => {
    shapes.set(`vggish/${name}/weights`, shape);
    shapes.set(`vggish/${name}/biases`, shape.slice(-1));
  };
  const widths = [64, 128, 256, 256, 512, 512].map((width) => width / thin);
  let inputs = 1;
  for (const [at, name] of LAYERS.filter((layer) => layer !== "pool").entries()) {
    put(name, [3, 3, inputs, widths[at] as number]);
    inputs = widths[at] as number;
  }
  put("fc1/fc1_1", [24 * inputs, 4096 / thin]);
  put("fc1/fc1_2", [4096 / thin, 4096 / thin]);
  put("fc2", [4096 / thin, 128]);
  return shapes;
}

/**
 * VGGish up to the 128 numbers before any activation: google/vggish/1 and vggish_slim.py since 2020 have no ReLU there.
 */
export function vggishGraph(weights: Weights): Graph {
  const build = new GraphBuilder(weights);
  let x = build.node("Reshape", ["window", build.constant("image_shape", [-1, 1, 96, 64])], "image");
  let channels = 1;
  let pools = 0;
  for (const layer of LAYERS) {
    if (layer === "pool") {
      x = build.node("MaxPool", [x], `pool${++pools}`, { kernel_shape: [2, 2], strides: [2, 2] });
    } else {
      const convolution = build.convolution(x, `vggish/${layer}`, 3, channels);
      x = build.relu(convolution.out);
      channels = convolution.channels;
    }
  }
  // The dense weights count height, width, channel: the published flattening is of NHWC.
  x = build.node("Transpose", [x], "channels_last", { perm: [0, 2, 3, 1] });
  x = build.node("Flatten", [x], "flat", { axis: 1 });
  let units = 6 * 4 * channels;
  for (const layer of ["fc1/fc1_1", "fc1/fc1_2"]) {
    const dense = build.dense(x, `vggish/${layer}`, "weights", units);
    x = build.relu(dense.out);
    units = dense.units;
  }
  const last = build.dense(x, "vggish/fc2", "weights", units);
  build.rename(last.out, "embedding");
  return build.finish(
    "vggish",
    [{ name: "window", shape: ["batch", 96, 64] }],
    [{ name: "embedding", shape: ["batch", last.units] }],
  );
}
