import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { lookBehindFile } from "../../audio/behind.node.ts";
import { type Collection, checkSameModel, collectionModel, exampleWindows, vectorsOf } from "../../collection/index.ts";
import { parseNpy } from "../../convert/readers/npz.ts";
import { OrcaError } from "../../errors.ts";
import { extract } from "../../extract.ts";
import type { ValuesOf } from "../../options/index.ts";
import { ANY_CHOICE } from "../../options/index.ts";
import { nodeRuntime, type Runtime } from "../../runtime.node.ts";
import type { Examples } from "../../vectors/index.ts";
import { printNote } from "../print.ts";
import { fileBytes, readableFile } from "../readable-file.ts";
import type { EXAMPLES } from "./options.ts";

export interface Asked {
  readonly examples: Examples;
  /** Windows that are examples themselves. */
  readonly ids: ReadonlySet<number>;
}

/** The vectors that are looked for. Throws `bad_option` for what is no example. @param models  where the models are */
export async function examplesOf(
  chosen: ValuesOf<typeof EXAMPLES>,
  collection: Collection,
  models: string,
): Promise<Asked> {
  const { like, window, label, vector, unlike, unlikeWindow, unlikeLabel } = chosen;
  let runtime: Runtime | undefined;
  const fromFiles = async (given: readonly string[], field: string) => {
    const vectors: Float32Array[] = [];
    for (const one of given) {
      runtime ??= await nodeRuntime(models);
      vectors.push(...(await ofFile(one, field, collection, runtime)));
    }
    return vectors;
  };
  const ids = await exampleWindows(collection, idsIn(window), label);
  const against = await exampleWindows(collection, idsIn(unlikeWindow), unlikeLabel);
  const positive = [
    ...(await fromFiles(like, "like")),
    ...(await vectorsOf(collection, ids)),
    ...(vector === undefined ? [] : await ofVectorFile(vector)),
  ];
  const negative = [...(await fromFiles(unlike, "unlike")), ...(await vectorsOf(collection, against))];
  if (positive.length === 0) {
    throw new OrcaError("bad_option", "There is nothing to look for.", {
      hint: "Give --like FILE@START-END, --window ID, --label NAME or --vector FILE.",
    });
  }
  return { examples: { positive, negative }, ids: new Set([...ids, ...against]) };
}

function idsIn(windows: readonly string[]): number[] {
  return windows.map((text) => {
    const id = Number(text);
    if (Number.isSafeInteger(id) && id > 0) return id;
    throw new OrcaError("bad_option", `${JSON.stringify(text)} is no window's number.`, { field: "window" });
  });
}

/** A stretch of a recording, in seconds; without an end it is the window that begins nearest to its start. */
interface Piece {
  readonly path: string;
  readonly start?: number;
  readonly end?: number;
}

function pieceOf(given: string, field: string): Piece {
  const [, path = given, from, to] = /^(.*)@(\d+(?:\.\d*)?)(?:-(\d+(?:\.\d*)?))?$/.exec(given) ?? [];
  const [start, end] = [from, to].map((text) => (text === undefined ? undefined : Number(text)));
  if (start !== undefined && end !== undefined && end <= start)
    throw new OrcaError("bad_option", `--${field} ${given}: it ends before it begins.`, { field });
  return { path, ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}

/** Embeddings of a piece: of its windows of which more than half lies in it; where none does, of the one that has most of it. */
async function ofFile(given: string, field: string, collection: Collection, runtime: Runtime): Promise<Float32Array[]> {
  const { path, start, end } = pieceOf(given, field);
  const refuse = (why: string, hint?: string) =>
    new OrcaError("bad_option", `--${field} ${given}: ${why}`, { field, ...(hint === undefined ? {} : { hint }) });
  await readableFile(path).catch(({ message }: OrcaError) => {
    throw refuse(message);
  });
  const { model } = collection;
  const options = {
    variant: model.variant ?? ANY_CHOICE.variant,
    file: resolve(path),
    ...choicesOf(model.choices),
    ...(await lookBehindFile(path)),
  };
  const within: Float32Array[] = [];
  let nearest: { readonly vector: Float32Array; readonly distance: number } | undefined;
  let window = 0;
  for await (const record of extract(fileBytes(path), model.id, { runtime, ...options })) {
    if (record.type === "header") {
      checkSameModel("The collection", model, collectionModel(record));
      window = record.window.seconds;
    } else if (record.type === "window") {
      const { embedding: vector } = record;
      if (start === undefined) {
        within.push(vector);
        continue;
      }
      const middle = (record.start + record.end) / 2;
      const distance = end === undefined ? Math.abs(record.start - start) : Math.abs(middle - (start + end) / 2);
      if (nearest === undefined || distance < nearest.distance) nearest = { vector, distance };
      if (end !== undefined && middle >= start && middle < end) within.push(vector);
      if (record.start > (end ?? start)) break;
    } else if (record.type === "summary" && start !== undefined && start >= record.seconds) {
      throw refuse(`${path} is ${Number(record.seconds.toFixed(3))} s long.`);
    }
  }
  if (nearest === undefined && within.length === 0) throw refuse("it holds no window.", `A window has ${window} s.`);
  if (start !== undefined && end !== undefined && end - start < window)
    printNote(`${given} is shorter than a window of ${window} s: what lies around it counts too.`);
  return within.length > 0 || nearest === undefined ? within : [nearest.vector];
}

/** What the collection's vectors were made with, beside the model. */
function choicesOf(choices: Readonly<Record<string, string>> = {}): Record<string, unknown> {
  const { pcen, postprocess, highpass } = choices;
  return {
    ...(pcen === undefined ? {} : { pcen }),
    ...(postprocess === undefined ? {} : { postprocess }),
    ...(highpass === undefined ? {} : { highpass: (JSON.parse(highpass) as { readonly hertz?: number }).hertz }),
  };
}

/** A vector, or a table of them, as NumPy's .npy or as JSON. */
async function ofVectorFile(path: string): Promise<Float32Array[]> {
  const refuse = (why: string) => new OrcaError("bad_option", `--vector ${path}: ${why}`, { field: "vector" });
  await readableFile(path).catch(({ message }: OrcaError) => {
    throw refuse(message);
  });
  const bytes = new Uint8Array(await readFile(path));
  if (bytes[0] === 0x93) {
    const { shape, values } = parseNpy(bytes, path);
    const size = shape.at(-1) ?? 0;
    return Array.from({ length: values.length / size }, (_, at) =>
      Float32Array.from(values.subarray(at * size, (at + 1) * size)),
    );
  }
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const rows = Array.isArray(value) && Array.isArray(value[0]) ? (value as unknown[]) : [value];
    if (rows.every((row) => Array.isArray(row) && row.length > 0 && row.every((one) => typeof one === "number")))
      return rows.map((row) => Float32Array.from(row as number[]));
  } catch {
    // Told below, as what is JSON and no vector is.
  }
  throw refuse("it is no .npy, and no JSON list of numbers.");
}
