import { rm } from "node:fs/promises";
import { type Engine, type Session, sizeOf } from "../../engines/index.ts";
import { OrcaError } from "../../errors.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { contractOf, type ModelDescription, type ModelEntry, packClasses, scoreCount } from "../../models/index.ts";
import { VERSION } from "../../version.ts";
import { publish, removeLeftovers, workFolder } from "../models-folder.ts";
import { MIB, writeFileOf, writePieces } from "../write-files.ts";

const PIECE_BYTES = 8 * MIB;

/** A model of somebody's own: an .onnx file and what it is. */
export interface OwnModel {
  readonly onnx: Uint8Array;
  readonly description: ModelDescription;
  readonly source: ModelEntry["source"];
  readonly parameters: number;
  /** Names of its classes, in the order of its scores. */
  readonly labels?: readonly string[] | undefined;
}

/**
 * Takes a model of somebody's own into `folder`, after it has run once: its .onnx file, which onnxruntime-web loads as it is,
 * and its entry in manifest.json. What was there under its id is replaced. Throws `engine_failed` where the engine does not
 * run it, `description_invalid` where it gives something else than was described, `weights_invalid`.
 * @param engine  what runs .onnx files
 */
export async function addModel(model: OwnModel, engine: Engine, folder: string): Promise<ModelEntry> {
  const { onnx, description, source, parameters, labels } = model;
  const { id } = description;
  if (labels !== undefined && labels.length !== scoreCount(description)) {
    const what = `${labels.length} labels are given; ${id} has ${scoreCount(description)} scores.`;
    throw new OrcaError("description_invalid", what, { field: "labels" });
  }
  await tryOnce(model, engine);
  await makeFolder(folder);
  await removeLeftovers(folder);
  const work = workFolder(folder, id);
  await makeFolder(work);
  try {
    const file = await writeFileOf([onnx], work, `${id}-fp32.onnx`);
    const ort = await writePieces([onnx], work, `${id}-fp32.ort`, PIECE_BYTES);
    const classes =
      labels === undefined
        ? undefined
        : await writeFileOf([packClasses(labels.map((name) => ({ id: "", name })))], work, `${id}-classes.json`);
    const entry: ModelEntry = {
      description,
      weights: "trained",
      source,
      parameters,
      converter: `orca-embeddings ${VERSION}`,
      ...(classes === undefined
        ? {}
        : { classes: { ...classes, source: source.address, licence: description.licence.name } }),
      variants: { fp32: { description: "as in the .onnx file", onnx: file, artefacts: { ort } } },
    };
    return await publish(folder, work, entry);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs the model on one window and looks at what it gives. */
async function tryOnce({ onnx, description }: OwnModel, engine: Engine): Promise<void> {
  const contract = contractOf(description);
  const session = await load(engine, onnx, contract);
  // A tone: silence would hide what is not finite behind a ReLU.
  const window = Float32Array.from({ length: sizeOf(contract.input) }, (_, at) => 0.1 * Math.sin(0.3 * at));
  let outputs: Awaited<ReturnType<Session["run"]>>;
  try {
    outputs = await session.run([window]);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new OrcaError("description_invalid", `${description.id} does not run as it is described: ${said}`, {
      hint: "Compare shapes and names with the graph.",
      cause,
    });
  }
  for (const [name, values] of outputs) {
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad === -1) continue;
    throw new OrcaError(
      "weights_invalid",
      `${description.id} gives ${values[bad]} in ${name} for an ordinary window.`,
      {
        hint: "Are its weights whole, and is its input scaled as the description says?",
      },
    );
  }
}

async function load(engine: Engine, onnx: Uint8Array, contract: ReturnType<typeof contractOf>): Promise<Session> {
  const chunks = (async function* () {
    yield onnx;
  })();
  return engine.load({ length: onnx.length, chunks }, contract);
}
