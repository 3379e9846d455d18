import type { Graph, Initializer, Node } from "../../src/convert/graph.ts";
import { writeOnnx } from "../../src/convert/onnx-writer.ts";
import { seededTensor } from "../../src/convert/seeded.ts";
import { elementCount } from "../../src/convert/weights.ts";
import { joinBytes } from "../../src/join.ts";
import { GENERATED_LICENCE, type ModelDescriptionInput } from "../../src/models/index.ts";

/** Small nets of the three shapes that models of others have, each with its description. */

const weight = (name: string, shape: readonly number[]): Initializer => ({
  name,
  shape,
  type: "float",
  read: async () => seededTensor(`${name}/kernel`, shape).map((value) => value / Math.sqrt(elementCount(shape))),
});
const shape = (name: string, sizes: readonly number[]): Initializer => ({
  name,
  shape: [sizes.length],
  type: "int64",
  read: async () => BigInt64Array.from(sizes, BigInt),
});
const node = (op: string, inputs: readonly string[], output: string, attributes: Node["attributes"] = {}): Node => ({
  op,
  name: output,
  inputs,
  outputs: [output],
  attributes,
});

export async function onnxOf(graph: Graph): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of writeOnnx(graph)) parts.push(part.slice());
  return joinBytes(parts);
}

const LICENCE = { name: GENERATED_LICENCE, redistribution: "It is anybody's." };

/** Half-second windows of a waveform, less their mean, at a peak of 0.25; an embedding and three scores. */
export const WAVEFORM: { graph: Graph; description: Omit<ModelDescriptionInput, "id"> } = {
  graph: {
    name: "waveform",
    inputs: [{ name: "inputs", shape: ["batch", 4000] }],
    outputs: [
      { name: "embedding", shape: ["batch", 12] },
      { name: "logits", shape: ["batch", 3] },
    ],
    nodes: [
      node("Reshape", ["inputs", "rows"], "image"),
      node("Conv", ["image", "filters"], "bands", { kernel_shape: [1, 64], strides: [1, 32] }),
      node("Relu", ["bands"], "rectified"),
      node("GlobalAveragePool", ["rectified"], "mean"),
      node("Flatten", ["mean"], "embedding", { axis: 1 }),
      node("MatMul", ["embedding", "classes"], "logits"),
    ],
    initializers: [shape("rows", [-1, 1, 1, 4000]), weight("filters", [12, 1, 1, 64]), weight("classes", [12, 3])],
  },
  description: {
    title: "A net that takes the waveform",
    input: {
      rate: 8000,
      window: 4000,
      hop: 2000,
      end: "pad-audio",
      scaling: { removeMean: true, peak: 0.25 },
      tensor: "inputs",
      shape: [4000],
    },
    frontEnd: { kind: "none", rate: 8000 },
    outputs: [
      { name: "embedding", tensor: "embedding", shape: [12], role: "embedding" },
      {
        name: "scores",
        tensor: "logits",
        shape: [3],
        role: "scores",
        slope: 2,
        intercept: -0.5,
        activation: "sigmoid",
      },
    ],
    licence: LICENCE,
  },
};

/** 40 frames of 32 bands, bands first, of which a window of 0.5 s fills 32; the rest is 0 dB. One window at a time. */
export const FIXED_FRAMES: { graph: Graph; description: Omit<ModelDescriptionInput, "id"> } = {
  graph: {
    name: "fixed_frames",
    inputs: [{ name: "mel", shape: [1, 1, 32, 40] }],
    outputs: [{ name: "features", shape: [1, 10] }],
    nodes: [node("Flatten", ["mel"], "flat", { axis: 1 }), node("MatMul", ["flat", "matrix"], "features")],
    initializers: [weight("matrix", [1280, 10])],
  },
  description: {
    title: "A net that takes decibels in a fixed number of frames",
    input: {
      rate: 16_000,
      window: 8000,
      hop: 8000,
      end: "drop",
      tensor: "mel",
      shape: [1, 32, 40],
      batch: 1,
      layout: "bands-frames",
    },
    frontEnd: {
      kind: "mel-db",
      rate: 16_000,
      windowLength: 1000,
      hop: 256,
      fftLength: 1000,
      bands: 32,
      lowest: 50,
      highest: 8000,
      scale: "slaney",
      slopes: "hertz",
      norm: "area",
      power: 2,
      centred: "reflect",
      amin: 1e-10,
      topDb: 80,
      fixedFrames: { count: 40, missing: 0 },
    },
    outputs: [{ name: "features", tensor: "features", shape: [10], role: "embedding" }],
    licence: LICENCE,
  },
};

/** A row a frame and their mean, of log-mel frames that windows share. */
export const TWO_EMBEDDINGS: { graph: Graph; description: Omit<ModelDescriptionInput, "id"> } = {
  graph: {
    name: "two_embeddings",
    inputs: [{ name: "window", shape: ["batch", 48, 16] }],
    outputs: [
      { name: "frames", shape: ["batch", 48, 6] },
      { name: "whole", shape: ["batch", 6] },
    ],
    nodes: [
      node("MatMul", ["window", "by_frame"], "products"),
      node("Relu", ["products"], "frames"),
      node("ReduceMean", ["frames"], "whole", { axes: [1], keepdims: 0 }),
    ],
    initializers: [weight("by_frame", [16, 6])],
  },
  description: {
    title: "A net with two embeddings",
    input: {
      rate: 16_000,
      window: 7680,
      hop: 3840,
      taken: 47 * 160 + 400,
      end: "drop",
      tensor: "window",
      shape: [48, 16],
    },
    frontEnd: {
      kind: "log-mel",
      rate: 16_000,
      windowLength: 400,
      hop: 160,
      fftLength: 512,
      bands: 16,
      lowest: 125,
      highest: 7500,
      offset: 0.01,
    },
    outputs: [
      { name: "whole", tensor: "whole", shape: [6], role: "embedding" },
      { name: "frames", tensor: "frames", shape: [48, 6], role: "other" },
      { name: "loudest", tensor: "frames", shape: [48, 6], role: "other", pooling: "max" },
    ],
    licence: LICENCE,
  },
};
