import { readFile } from "node:fs/promises";
import { addModel } from "../../src/convert/add/add-model.ts";
import { describedBy } from "../../src/convert/add/described.ts";
import type { Graph } from "../../src/convert/graph.ts";
import type { ModelEntry } from "../../src/models/index.ts";
import { readSignature } from "../../src/onnx/file/signature.ts";
import { ortEngine } from "../../src/runtime.node.ts";
import { onnxOf } from "./own-nets.ts";
import { sharedPath } from "./shared.ts";

/** What spotify/basic-pitch's net is, to be added; its file is where `sharedExists`. */
export const BASIC_PITCH = {
  title: "Basic Pitch",
  input: { rate: 22_050, window: 43_844, hop: 43_844, end: "drop" },
  frontEnd: { kind: "none", rate: 22_050 },
  outputs: [
    { name: "contour", tensor: "StatefulPartitionedCall:0", shape: [172, 264], role: "embedding", pooling: "mean" },
    { name: "note", tensor: "StatefulPartitionedCall:1", shape: [172, 88], role: "other" },
    { name: "onset", tensor: "StatefulPartitionedCall:2", shape: [172, 88], role: "other" },
  ],
  licence: { name: "Apache-2.0", redistribution: "It may be passed on." },
} as const;

async function add(id: string, onnx: Uint8Array, description: object, folder: string, labels?: string[]) {
  const signature = readSignature(onnx);
  const described = describedBy({ description: description as Record<string, unknown> }, signature, id, "a test");
  const source = { address: "a test", sha256: null };
  const model = { onnx, description: described, source, parameters: signature.parameters, labels };
  return addModel(model, ortEngine(), folder);
}

/** Adds a net to a folder of models, as `models add` does. */
export async function addNet(
  id: string,
  { graph, description }: { graph: Graph; description: object },
  folder: string,
  labels?: string[],
): Promise<ModelEntry> {
  return add(id, await onnxOf(graph), description, folder, labels);
}

export async function addBasicPitch(folder: string): Promise<ModelEntry> {
  return add("basic_pitch", await readFile(sharedPath("models/basic_pitch_nmp.onnx")), BASIC_PITCH, folder);
}
