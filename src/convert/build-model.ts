import { rm } from "node:fs/promises";
import { OrcaError } from "../errors.ts";
import { makeFolder } from "../make-folder.node.ts";
import {
  type ManifestFile,
  type ModelClass,
  type ModelDescription,
  type ModelEntry,
  type PrincipalComponents,
  packClasses,
  packComponents,
} from "../models/index.ts";
import { VERSION } from "../version.ts";
import type { Graph } from "./graph.ts";
import { licenceText } from "./licence.ts";
import { publish, removeLeftovers, workFolder } from "./models-folder.ts";
import { writeOnnx } from "./onnx-writer.ts";
import { canOptimise } from "./ort/optimise.ts";
import { writeOrt } from "./ort/write-ort.ts";
import type { PublishedModel } from "./published-model.ts";
import { elementCount, type Weights } from "./weights.ts";
import { MIB, writeFileOf, writePieces } from "./write-files.ts";

/**
 * Bytes of one piece: Cloudflare's static assets take 25 MiB a file, and the Worker holds one piece beside the model while it
 * loads, so smaller is better; but each is a request, of which a free Worker has 50.
 */
const PIECE_BYTES = 8 * MIB;

/** Where weights came from, and under which licence, for the manifest. */
export interface Provenance extends Pick<ModelEntry, "weights" | "source"> {
  readonly licence: ModelDescription["licence"];
}

/** What the scores are of, in their order, and where that was published. */
export interface NamedClasses {
  readonly list: readonly ModelClass[];
  readonly source: string;
  readonly licence: string;
}

/** What may be published beside a model's weights. */
export interface Beside {
  /** Principal components of the embeddings. */
  readonly components?: PrincipalComponents | undefined;
  readonly classes?: NamedClasses | undefined;
}

/**
 * Writes a model into `folder`: NAME-fp32.onnx and its .ort twin in pieces, and the entry in manifest.json. Files are written
 * beside and published when they are whole, so a failure, or the end of the process, leaves what was there before, and the
 * next build removes what was half done.
 */
export async function buildModel(
  model: PublishedModel,
  weights: Weights,
  { licence, ...provenance }: Provenance,
  folder: string,
  { components, classes }: Beside = {},
): Promise<ModelEntry> {
  await makeFolder(folder);
  await removeLeftovers(folder);
  const graph = model.graph(weights);
  const description = await describe(model, graph, weights, licence);
  const { id } = description;
  checkClasses(id, classes, outputSize(graph, "scores"));
  const work = workFolder(folder, id);
  await makeFolder(work);
  try {
    const onnx = await writeFileOf(writeOnnx(graph), work, `${id}-fp32.onnx`);
    // Without onnxruntime-node onnxruntime-web reads the .onnx file itself.
    const forOrt = (await canOptimise()) ? writeOrt(graph) : writeOnnx(graph);
    const ort = await writePieces(forOrt, work, `${id}-fp32.ort`, PIECE_BYTES);
    const entry: ModelEntry = {
      description,
      ...provenance,
      ...(await writeLicence(licence.name, id, work)),
      parameters: weights.names.reduce((sum, tensor) => sum + elementCount(weights.shape(tensor)), 0),
      converter: `orca-embeddings ${VERSION}`,
      ...(components === undefined ? {} : { components: await writeComponents(components, id, work) }),
      ...(classes === undefined ? {} : { classes: await writeClasses(classes, id, work) }),
      variants: { fp32: { description: "32-bit floats, as published", onnx, artefacts: { ort } } },
    };
    return await publish(folder, work, entry);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The model's description with the sizes of this net, which may be a thin one, and what was trained of its front end. */
async function describe(
  { description, frontEnd }: PublishedModel,
  graph: Graph,
  weights: Weights,
  licence: ModelDescription["licence"],
): Promise<ModelDescription> {
  return {
    ...description,
    licence,
    frontEnd: (await frontEnd?.(weights)) ?? description.frontEnd,
    outputs: description.outputs.map((output) => ({ ...output, shape: [outputSize(graph, output.tensor)] })),
  };
}

/** The text of a licence that has one, as a file of the model. */
async function writeLicence(licence: string, id: string, work: string): Promise<Pick<ModelEntry, "licenceText">> {
  const text = await licenceText(licence);
  if (text === undefined) return {};
  return { licenceText: await writeFileOf([Buffer.from(text)], work, `${id}-licence.txt`) };
}

async function writeClasses({ list, source, licence }: NamedClasses, id: string, work: string) {
  return { ...(await writeFileOf([packClasses(list)], work, `${id}-classes.json`)), source, licence };
}

function checkClasses(id: string, classes: Beside["classes"], scores: number): void {
  if (classes === undefined || classes.list.length === scores) return;
  throw new OrcaError("weights_invalid", `${classes.list.length} classes are named; ${id} has ${scores} scores.`, {
    hint: "Give the list that was published with these weights.",
  });
}

function writeComponents(components: PrincipalComponents, id: string, work: string): Promise<ManifestFile> {
  return writeFileOf([packComponents(components)], work, `${id}-components.f64`);
}

function outputSize(graph: Graph, name: string): number {
  return Number(graph.outputs.find((output) => output.name === name)?.shape[1] ?? 0);
}
