import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MODELS, type ModelName } from "../models/index.ts";
import {
  MANIFEST_FILE,
  type Manifest,
  type ManifestFile,
  type ManifestModel,
  parseManifest,
} from "../onnx/manifest.ts";
import { VERSION } from "../version.ts";
import { type Graph, GraphBuilder } from "./graph.ts";
import { sha256OfFile } from "./hash.ts";
import { humpbackGraph, PCEN_TENSORS } from "./nets/humpback.ts";
import { vggishGraph } from "./nets/vggish.ts";
import { yamnetGraph } from "./nets/yamnet.ts";
import { writeOnnx } from "./onnx-writer.ts";
import { convertToOrt } from "./ort-format.ts";
import { edgeGraph } from "./quantise/edge-graph.ts";
import { elementCount, type Weights } from "./weights.ts";

const GRAPHS: Readonly<Record<ModelName, (weights: Weights) => Graph>> = {
  vggish: vggishGraph,
  yamnet: yamnetGraph,
  humpback: humpbackGraph,
};

interface Form {
  readonly description: string;
  readonly form: (graph: Graph) => Graph;
  /**
   * Bytes of one piece: Cloudflare's static assets take 25 MiB a file, and the Worker holds one piece beside the model
   * while it loads, so smaller is better; but each is a request, of which a free Worker has 50.
   */
  readonly pieceBytes: number;
}

const MIB = 1024 * 1024;

/** The forms in which each model is written. */
const VARIANTS: Readonly<Record<string, Form>> = {
  fp32: { description: "32-bit floats, as published", form: (graph) => graph, pieceBytes: 8 * MIB },
  edge: {
    description:
      "8-bit integers with a scale for each output channel; filters of a single channel, biases and all arithmetic in 32-bit floats",
    form: edgeGraph,
    pieceBytes: 2 * MIB,
  },
};

/** Where weights came from, for the manifest. */
export type Provenance = Pick<ManifestModel, "weights" | "source" | "licence">;

/**
 * Writes a model into `folder`: each variant as NAME-VARIANT.onnx and its .ort twin in pieces, and the entry in
 * manifest.json. Files are written beside and renamed when they are whole, and the manifest last, so a failure leaves
 * what was there before.
 */
export async function buildModel(
  name: ModelName,
  weights: Weights,
  provenance: Provenance,
  folder: string,
): Promise<ManifestModel> {
  await mkdir(folder, { recursive: true });
  const graph = GRAPHS[name](weights);
  const pcen = name === "humpback" ? await readPcen(weights) : undefined;
  const work = join(folder, `.building-${name}-${process.pid}`);
  await mkdir(work, { recursive: true });
  try {
    const variants: ManifestModel["variants"] = {};
    for (const [variant, { description, form, pieceBytes }] of Object.entries(VARIANTS)) {
      const files = await writeVariant(form(graph), `${name}-${variant}`, work, pieceBytes);
      variants[variant] = { description, ...files };
    }
    const entry: ManifestModel = {
      name,
      ...provenance,
      parameters: weights.names.reduce((sum, tensor) => sum + elementCount(weights.shape(tensor)), 0),
      converter: `orca-embeddings ${VERSION}`,
      input: [-1, MODELS[name].windowFrames, MODELS[name].frontEnd.bands],
      embedding: outputSize(graph, "embedding"),
      scores: outputSize(graph, "scores"),
      ...(pcen === undefined ? {} : { pcen }),
      variants,
    };
    await publish(folder, work, entry);
    return entry;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeVariant(graph: Graph, stem: string, folder: string, pieceBytes: number) {
  const onnx = await writeFileOf(writeOnnx(graph), folder, `${stem}.onnx`);
  const whole = join(folder, `${stem}.ort`);
  await convertToOrt(join(folder, onnx.file), whole);
  const ort = await cutIntoPieces(whole, folder, `${stem}.ort`, pieceBytes);
  await rm(whole);
  return { onnx, ort };
}

/** The manifest in `folder`, or an empty one. */
export async function readManifest(folder: string): Promise<Manifest> {
  try {
    return parseManifest(await readFile(join(folder, MANIFEST_FILE), "utf8"));
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return { format: 1, models: [] };
    throw thrown;
  }
}

async function publish(folder: string, work: string, entry: ManifestModel): Promise<void> {
  const manifest = await readManifest(folder);
  const models = [...manifest.models.filter((model) => model.name !== entry.name), entry];
  models.sort((a, b) => a.name.localeCompare(b.name));
  for (const file of await readdir(work)) await rename(join(work, file), join(folder, file));
  const draft = join(folder, `${MANIFEST_FILE}.${process.pid}`);
  await writeFile(draft, `${JSON.stringify({ ...manifest, models }, undefined, 2)}\n`);
  await rename(draft, join(folder, MANIFEST_FILE));
  const known = new Set(filesOf(entry));
  for (const file of await readdir(folder)) {
    if (file.startsWith(`${entry.name}-`) && !known.has(file)) await rm(join(folder, file));
  }
}

function filesOf(entry: ManifestModel): string[] {
  return Object.values(entry.variants).flatMap(({ onnx, ort }) => [onnx.file, ...ort.pieces.map(({ file }) => file)]);
}

/** The front end's vectors go into the manifest: they are weights, but no part of the net. */
async function readPcen(weights: Weights): Promise<{ alpha: number[]; delta: number[]; root: number[] }> {
  const checked = new GraphBuilder(weights);
  const [alpha, delta, root] = await Promise.all(
    PCEN_TENSORS.map(async (name) => {
      checked.shape(name, [MODELS.humpback.frontEnd.bands]);
      return Array.from(await checked.read(name));
    }),
  );
  return { alpha: alpha ?? [], delta: delta ?? [], root: root ?? [] };
}

function outputSize(graph: Graph, name: string): number {
  return Number(graph.outputs.find((output) => output.name === name)?.shape[1] ?? 0);
}

async function writeFileOf(chunks: AsyncIterable<Uint8Array>, folder: string, file: string): Promise<ManifestFile> {
  const handle = await open(join(folder, file), "w");
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      await handle.writeFile(chunk);
      hash.update(chunk);
      bytes += chunk.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { file, bytes, sha256: hash.digest("hex") };
}

async function cutIntoPieces(path: string, folder: string, stem: string, pieceBytes: number) {
  const pieces: ManifestFile[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: pieceBytes })) {
    const file = `${stem}.${String(pieces.length).padStart(3, "0")}`;
    pieces.push(await writeFileOf(only(chunk as Uint8Array), folder, file));
    bytes += (chunk as Uint8Array).length;
  }
  return { bytes, sha256: await sha256OfFile(path), pieces };
}

async function* only(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
}
