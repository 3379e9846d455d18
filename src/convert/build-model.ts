import { mkdir, rm } from "node:fs/promises";
import { OrcaError } from "../errors.ts";
import {
  MODELS,
  type ModelClass,
  type ModelName,
  packClasses,
  packVggishPca,
  type VggishPca,
} from "../models/index.ts";
import type { ManifestFile, ManifestModel } from "../onnx/manifest.ts";
import { VERSION } from "../version.ts";
import { type Graph, GraphBuilder } from "./graph.ts";
import { licenceText } from "./licence.ts";
import { publish, removeLeftovers, workFolder } from "./models-folder.ts";
import { humpbackGraph, PCEN_TENSORS } from "./nets/humpback.ts";
import { vggishGraph } from "./nets/vggish.ts";
import { yamnetGraph } from "./nets/yamnet.ts";
import { writeOnnx } from "./onnx-writer.ts";
import { writeOrt } from "./ort/write-ort.ts";
import { edgeGraph } from "./quantise/edge-graph.ts";
import { elementCount, type Weights } from "./weights.ts";
import { MIB, writeFileOf, writePieces } from "./write-files.ts";

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

/** The variants that `buildModel` writes. */
export const VARIANT_NAMES = Object.keys(VARIANTS);

/** Where weights came from, for the manifest. */
export type Provenance = Pick<ManifestModel, "weights" | "source" | "licence">;

/** What the scores are of, in their order, and where that was published. */
export interface NamedClasses {
  readonly list: readonly ModelClass[];
  readonly source: string;
  readonly licence: string;
}

/** What may be published beside a model's weights. */
export interface Beside {
  /** VGGish's post-processing. */
  readonly pca?: VggishPca | undefined;
  readonly classes?: NamedClasses | undefined;
}

/**
 * Writes a model into `folder`: each variant as NAME-VARIANT.onnx and its .ort twin in pieces, and the entry in
 * manifest.json. Files are written beside and published when they are whole, so a failure, or the end of the process,
 * leaves what was there before, and the next build removes what was half done.
 */
export async function buildModel(
  name: ModelName,
  weights: Weights,
  provenance: Provenance,
  folder: string,
  { pca, classes }: Beside = {},
): Promise<ManifestModel> {
  await mkdir(folder, { recursive: true });
  await removeLeftovers(folder);
  const graph = GRAPHS[name](weights);
  checkClasses(name, classes, outputSize(graph, "scores"));
  const pcen = name === "humpback" ? await readPcen(weights) : undefined;
  const work = workFolder(folder, name);
  await mkdir(work, { recursive: true });
  try {
    const variants: ManifestModel["variants"] = {};
    for (const [variant, { description, form, pieceBytes }] of Object.entries(VARIANTS)) {
      const [stem, net] = [`${name}-${variant}`, form(graph)];
      const onnx = await writeFileOf(writeOnnx(net), work, `${stem}.onnx`);
      variants[variant] = { description, onnx, ort: await writePieces(writeOrt(net), work, `${stem}.ort`, pieceBytes) };
    }
    const entry: ManifestModel = {
      name,
      ...provenance,
      ...(await writeLicence(provenance.licence, name, work)),
      parameters: weights.names.reduce((sum, tensor) => sum + elementCount(weights.shape(tensor)), 0),
      converter: `orca-embeddings ${VERSION}`,
      input: [-1, MODELS[name].windowFrames, MODELS[name].frontEnd.bands],
      embedding: outputSize(graph, "embedding"),
      scores: outputSize(graph, "scores"),
      ...(pcen === undefined ? {} : { pcen }),
      ...(pca === undefined ? {} : { pca: await writePca(pca, name, work) }),
      ...(classes === undefined ? {} : { classes: await writeClasses(classes, name, work) }),
      variants,
    };
    return await publish(folder, work, entry);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The text of a licence that has one, as a file of the model. */
async function writeLicence(
  licence: string,
  name: ModelName,
  work: string,
): Promise<Pick<ManifestModel, "licenceText">> {
  const text = await licenceText(licence);
  if (text === undefined) return {};
  return { licenceText: await writeFileOf([Buffer.from(text)], work, `${name}-licence.txt`) };
}

async function writeClasses({ list, source, licence }: NamedClasses, name: ModelName, work: string) {
  return { ...(await writeFileOf([packClasses(list)], work, `${name}-classes.json`)), source, licence };
}

function checkClasses(name: ModelName, classes: Beside["classes"], scores: number): void {
  if (classes === undefined || classes.list.length === scores) return;
  throw new OrcaError("weights_invalid", `${classes.list.length} classes are named; ${name} has ${scores} scores.`, {
    hint: "Give the list that was published with these weights.",
  });
}

function writePca(pca: VggishPca, name: ModelName, work: string): Promise<ManifestFile> {
  return writeFileOf([packVggishPca(pca)], work, `${name}-pca.f64`);
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
