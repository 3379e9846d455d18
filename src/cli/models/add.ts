import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { Command } from "commander";
import { addModel } from "../../convert/add/add-model.ts";
import { type DescriptionFile, describedBy, parseDescriptionFile } from "../../convert/add/described.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import type { ModelEntry } from "../../models/index.ts";
import { embeddingSize, MODEL_ID, windowSeconds } from "../../models/index.ts";
import { readSignature } from "../../onnx/file/signature.ts";
import { MODELS_FOLDER, ortEngine } from "../../runtime.node.ts";
import { printLines } from "../print.ts";
import { readableFile } from "../readable-file.ts";
import { packOwn } from "./pack.ts";
import { preset } from "./presets.ts";

interface Given {
  readonly as: string;
  readonly describe?: string;
  readonly preset?: string;
  readonly labels?: string;
  readonly models: string;
}

export function addCommand(): Command {
  return new Command("add")
    .description("Add a model of your own: an .onnx file, with a description of what it takes and gives.")
    .argument("<file>", "the .onnx file")
    .requiredOption("--as <name>", "what it is called here")
    .option("--describe <file>", "its description, JSON (docs/models.md)")
    .option("--preset <name>", "a description that comes along, like perch_v2")
    .option("--labels <file>", "the names of its classes, one a line, in the order of its scores")
    .option("--out, --models <dir>", "where models are kept", MODELS_FOLDER)
    .action(add);
}

async function add(file: string, given: Given): Promise<void> {
  const { as: id, models } = given;
  if (!MODEL_ID.test(id)) {
    throw new OrcaError("bad_option", `--as ${id} cannot be a model's name.`, {
      field: "as",
      hint: "Use lower-case letters, digits, dots, dashes and underscores, 64 at most.",
    });
  }
  const { described, where } = await descriptionOf(given);
  for (const sentence of await addOwn(
    await readableFile(file),
    { id, described, where, labels: given.labels },
    models,
  )) {
    printLines(sentence);
  }
}

interface Described {
  readonly id: string;
  readonly described: DescriptionFile;
  /** Whose the description is, for messages. */
  readonly where: string;
  readonly labels?: string | undefined;
  /** Where the file was published, where it was fetched. */
  readonly address?: string;
}

/** Adds a model, packs it for the kernels where they take it, and gives a sentence about each. */
export async function addOwn(path: string, own: Described, models: string): Promise<string[]> {
  const { id, described, where, labels, address = basename(path) } = own;
  const onnx = new Uint8Array(await readFile(path));
  const signature = readSignature(onnx);
  const description = describedBy(described, signature, id, where);
  const sha256 = createHash("sha256").update(onnx).digest("hex");
  const names = labels === undefined ? described.labels : await linesOf(labels);
  const { parameters } = signature;
  const model = { onnx, description, source: { address, sha256 }, parameters, labels: names };
  const entry = await addModel(model, ortEngine(), models);
  return [sentence(entry, path), await packOwn(id, models)];
}

function sentence({ description, parameters }: ModelEntry, path: string): string {
  const { id, input, licence } = description;
  const window = `${input.rate} Hz, windows of ${windowSeconds(description)} s, ${embeddingSize(description)} numbers`;
  return `${id}: ${parameters} parameters from ${path}; ${window}; licence ${licence.name}: ${licence.redistribution}`;
}

async function descriptionOf({
  describe,
  preset: name,
}: Given): Promise<{ described: DescriptionFile; where: string }> {
  if ((describe === undefined) === (name === undefined)) {
    throw new OrcaError("bad_option", "Give the model's description with --describe, or a --preset: one of the two.", {
      field: "describe",
    });
  }
  if (name !== undefined) return { described: await preset(name), where: `the preset ${name}` };
  const path = await readableFile(describe as string);
  return { described: parseDescriptionFile(await readFile(path, "utf8"), path), where: path };
}

async function linesOf(path: string): Promise<string[]> {
  try {
    return (await readFile(path, "utf8"))
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "");
  } catch (thrown) {
    throw new OrcaError("bad_option", `--labels ${path} cannot be read: ${asOrcaError(thrown).message}`, {
      field: "labels",
      cause: thrown,
    });
  }
}
