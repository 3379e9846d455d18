import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Graph } from "../../../src/convert/graph.ts";
import { humpbackGraph, humpbackShapes } from "../../../src/convert/nets/humpback.ts";
import { vggishGraph, vggishShapes } from "../../../src/convert/nets/vggish.ts";
import { yamnetGraph, yamnetShapes } from "../../../src/convert/nets/yamnet.ts";
import { writeOnnx } from "../../../src/convert/onnx-writer.ts";
import { type PackedModel, packModel } from "../../../src/convert/pack/pack-model.ts";
import { openPublished } from "../../../src/convert/published.ts";
import { seededWeights } from "../../../src/convert/seeded.ts";
import type { Weights } from "../../../src/convert/weights.ts";
import { kernelsEngine, type Variant } from "../../../src/nn/index.ts";
import type { KernelModules } from "../../../src/nn/module.ts";
import type { NetShape, Session } from "../../../src/onnx/engine.ts";
import { sharedPath } from "../../support/shared.ts";

function compiled(name: string): WebAssembly.Module {
  const path = fileURLToPath(new URL(`../../../build/nn-${name}.wasm`, import.meta.url));
  return new WebAssembly.Module(readFileSync(path));
}

/** Both builds of the kernels, as npm test makes them. */
export const modules: Required<KernelModules> = { relaxed: compiled("relaxed"), simd: compiled("simd") };

const NETS = {
  yamnet: { graph: yamnetGraph, shapes: yamnetShapes },
  vggish: { graph: vggishGraph, shapes: vggishShapes },
  humpback: { graph: humpbackGraph, shapes: humpbackShapes },
} as const;
export type NetName = keyof typeof NETS;
export const NET_NAMES = Object.keys(NETS) as NetName[];

export async function onnxBytes(graph: Graph): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of writeOnnx(graph)) parts.push(part.slice());
  return Buffer.concat(parts);
}

/** A net with seeded weights at `1 / thin` of its width, as .onnx. */
export function seededOnnx(name: NetName, thin = 1): Promise<Uint8Array> {
  const { graph, shapes } = NETS[name];
  return onnxBytes(graph(seededWeights(shapes(thin))));
}

/** YAMNet with its published weights, which lie beside the checkout. */
export async function realYamnetOnnx(): Promise<Uint8Array> {
  const { weights, dispose } = await openPublished("yamnet", sharedPath("weights/yamnet.h5"));
  const onnx = await onnxBytes(yamnetGraph(weights as Weights));
  await dispose();
  return onnx;
}

export async function* parts(model: PackedModel): AsyncGenerator<Uint8Array> {
  yield* model.parts;
}

/** What a packed model takes and gives. */
export function shapeOf({ header }: PackedModel): NetShape {
  const size = (name: string) => {
    const output = header.outputs.find((candidate) => candidate.name === name);
    return output === undefined ? 0 : output.pixels * output.channels;
  };
  return { window: header.window, embedding: size("embedding"), scores: size("scores") };
}

export async function sessionFor(onnx: Uint8Array, variant: Variant, with_: KernelModules = modules): Promise<Session> {
  const model = await packModel(onnx, variant, with_);
  return kernelsEngine(with_).load({ length: model.length, chunks: parts(model) }, shapeOf(model));
}
