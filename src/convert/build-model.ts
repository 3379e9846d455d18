import { createHash } from "node:crypto";
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
import { humpbackGraph, PCEN_TENSORS } from "./nets/humpback.ts";
import { vggishGraph } from "./nets/vggish.ts";
import { yamnetGraph } from "./nets/yamnet.ts";
import { writeOnnx } from "./onnx-writer.ts";
import { writeOrt } from "./ort/write-ort.ts";
import { elementCount, type Weights } from "./weights.ts";

/**
 * Bytes of one piece: Cloudflare's static assets take 25 MiB a file, and the Worker holds one piece beside the model
 * while it loads, so smaller is better.
 */
const PIECE_BYTES = 8 * 1024 * 1024;

const GRAPHS: Readonly<Record<ModelName, (weights: Weights) => Graph>> = {
  vggish: vggishGraph,
  yamnet: yamnetGraph,
  humpback: humpbackGraph,
};

/** Where weights came from, for the manifest. */
export type Provenance = Pick<ManifestModel, "weights" | "source" | "licence">;

/**
 * Writes a model into `folder`: NAME-fp32.onnx, its .ort twin in pieces, and the entry in manifest.json. Files are
 * written beside and renamed when they are whole, and the manifest last, so a failure leaves what was there before.
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
    const stem = `${name}-fp32`;
    const onnx = await writeFileOf(writeOnnx(graph), work, `${stem}.onnx`);
    const ort = await writePieces(writeOrt(graph), work, `${stem}.ort`);
    const entry: ManifestModel = {
      name,
      ...provenance,
      parameters: weights.names.reduce((sum, tensor) => sum + elementCount(weights.shape(tensor)), 0),
      converter: `orca-embeddings ${VERSION}`,
      input: [-1, MODELS[name].windowFrames, MODELS[name].frontEnd.bands],
      embedding: outputSize(graph, "embedding"),
      scores: outputSize(graph, "scores"),
      ...(pcen === undefined ? {} : { pcen }),
      variants: { fp32: { description: "32-bit floats, as published", onnx, ort } },
    };
    await publish(folder, work, entry);
    return entry;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
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

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const draft = join(folder, `${MANIFEST_FILE}.${process.pid}`);
  await writeFile(draft, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await rename(draft, join(folder, MANIFEST_FILE));
}

async function publish(folder: string, work: string, entry: ManifestModel): Promise<void> {
  const manifest = await readManifest(folder);
  const models = [...manifest.models.filter((model) => model.name !== entry.name), entry];
  models.sort((a, b) => a.name.localeCompare(b.name));
  for (const file of await readdir(work)) await rename(join(work, file), join(folder, file));
  await writeManifest(folder, { ...manifest, models });
  const known = new Set(filesOf(entry));
  for (const file of await readdir(folder)) {
    if (file.startsWith(`${entry.name}-`) && !known.has(file)) await rm(join(folder, file));
  }
}

function filesOf(entry: ManifestModel): string[] {
  const files = Object.values(entry.variants).flatMap(({ onnx, ort }) => [onnx, ...ort.pieces]);
  return [...files, ...(entry.pca === undefined ? [] : [entry.pca])].map(({ file }) => file);
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

async function writeFileOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  folder: string,
  file: string,
): Promise<ManifestFile> {
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

/** `chunks` as files of PIECE_BYTES each, the last one shorter, and what they are together. */
async function writePieces(chunks: AsyncIterable<Uint8Array>, folder: string, stem: string) {
  const pieces: ManifestFile[] = [];
  const hash = createHash("sha256");
  let bytes = 0;
  const write = async (parts: readonly Uint8Array[]) => {
    const file = `${stem}.${String(pieces.length).padStart(3, "0")}`;
    pieces.push(await writeFileOf(parts, folder, file));
  };
  let waiting: Uint8Array[] = [];
  let room = PIECE_BYTES;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + room);
      waiting.push(part);
      at += part.length;
      room -= part.length;
      if (room > 0) continue;
      await write(waiting);
      waiting = [];
      room = PIECE_BYTES;
    }
  }
  if (waiting.length > 0) await write(waiting);
  return { bytes, sha256: hash.digest("hex"), pieces };
}
