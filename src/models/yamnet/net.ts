import { type Graph, GraphBuilder } from "../../convert/graph.ts";
import type { Weights } from "../../convert/weights.ts";

/** Stride and width of layers 2 to 14: tensorflow/models research/audioset/yamnet/yamnet.py. */
const LAYERS: readonly (readonly [stride: number, width: number])[] = [
  [1, 64],
  [2, 128],
  [1, 128],
  [2, 256],
  [1, 256],
  [2, 512],
  [1, 512],
  [1, 512],
  [1, 512],
  [1, 512],
  [1, 512],
  [2, 1024],
  [1, 1024],
];

/** Published shapes at `1 / thin` of the published width; the 521 classes stay. */
export function yamnetShapes(thin = 1): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const norm = (path: string, width: number) => {
    for (const leaf of ["beta", "moving_mean", "moving_variance"]) shapes.set(`${path}/bn/${leaf}`, [width]);
  };
  let channels = 32 / thin;
  shapes.set("layer1/conv/kernel", [3, 3, 1, channels]);
  norm("layer1/conv", channels);
  for (const [at, [, full]] of LAYERS.entries()) {
    const width = full / thin;
    shapes.set(`layer${at + 2}/depthwise_conv/depthwise_kernel`, [3, 3, channels, 1]);
    norm(`layer${at + 2}/depthwise_conv`, channels);
    shapes.set(`layer${at + 2}/pointwise_conv/kernel`, [1, 1, channels, width]);
    norm(`layer${at + 2}/pointwise_conv`, width);
    channels = width;
  }
  shapes.set("logits/kernel", [channels, 521]);
  shapes.set("logits/bias", [521]);
  return shapes;
}

/** YAMNet (MobileNet v1): embedding is the mean over time and mel, scores the sigmoid of the 521 classes. */
export function yamnetGraph(weights: Weights): Graph {
  const build = new GraphBuilder(weights);
  let x = build.node("Reshape", ["window", build.constant("image_shape", [-1, 1, 96, 64])], "image");
  let channels = 1;
  const layer = (path: string, kernel: string, size: number, stride: number) => {
    const convolution = build.foldedConvolution(x, path, `${path}/${kernel}`, `${path}/bn`, size, stride, channels);
    x = build.relu(convolution.out);
    channels = convolution.channels;
  };
  layer("layer1/conv", "kernel", 3, 2);
  for (const [at, [stride]] of LAYERS.entries()) {
    layer(`layer${at + 2}/depthwise_conv`, "depthwise_kernel", 3, stride);
    layer(`layer${at + 2}/pointwise_conv`, "kernel", 1, 1);
  }
  x = build.node("GlobalAveragePool", [x], "mean");
  x = build.node("Flatten", [x], "embedding", { axis: 1 });
  const logits = build.dense(x, "logits", "kernel", channels);
  build.node("Sigmoid", [logits.out], "scores");
  return build.finish(
    "yamnet",
    [{ name: "window", shape: ["batch", 96, 64] }],
    [
      { name: "embedding", shape: ["batch", channels] },
      { name: "scores", shape: ["batch", logits.units] },
    ],
  );
}
