import { asOrcaError, OrcaError } from "../../errors.ts";
import { type Audio, extract } from "../../extract.ts";
import { DEFAULT_VARIANT } from "../../models/index.ts";
import type { Runtime } from "../../runtime.node.ts";
import { orcaScene, SCENE_RATE } from "../../sample/index.ts";
import { printError, printNote } from "../print.ts";
import { fileBytes } from "../readable-file.ts";
import { findRecordings, foundNotes } from "../recordings/index.ts";

/** What forms are held against: fp32 in onnxruntime-web. */
export const REFERENCE_ENGINE = "ort";

/** The cosines between a form's embeddings and the reference's, fp32 in onnxruntime-web, a window each; NaN where there was no window. */
export interface Agreement {
  readonly windows: number;
  readonly median: number;
  /** The cosine that 5 % of the windows are below. */
  readonly p5: number;
  readonly worst: number;
  /** A sentence for each file that could not be read to its end. */
  readonly unreadable: readonly string[];
}

export interface Recording {
  readonly name: string;
  open(): Audio;
}

/** The recordings that `paths` name, as everywhere on the command line; the synthesised scene where nothing is named. */
export async function recordingsIn(paths: readonly string[] | undefined): Promise<Recording[]> {
  if (paths === undefined) {
    const samples = orcaScene();
    return [{ name: "the synthesised scene", open: () => ({ samples, rate: SCENE_RATE }) }];
  }
  const found = await findRecordings(paths);
  const [first] = found.missing;
  if (first !== undefined && found.recordings.length === 0) {
    const what = `${first.path}: ${first.error.message}`;
    throw new OrcaError("bad_option", what, { field: "audio", hint: "Give files or folders." });
  }
  printNote(...foundNotes(found));
  for (const { path, error } of found.missing) printError(error, path);
  return found.recordings.map(({ path }) => ({ name: path, open: () => fileBytes(path) }));
}

/** Runs a form on what the reference hears of the recordings. */
export async function agreement(
  model: string,
  variant: string,
  engine: string,
  runtime: Runtime,
  recordings: readonly Recording[],
): Promise<Agreement> {
  const cosines: number[] = [];
  const unreadable: string[] = [];
  const embeddings = async function* (open: () => Audio, form: { variant: string; engine: string }) {
    for await (const record of extract(open(), model, { runtime, ...form })) {
      if (record.type === "window") yield record.embedding;
    }
  };
  for (const { name, open } of recordings) {
    try {
      const others = embeddings(open, { variant, engine });
      for await (const reference of embeddings(open, { variant: DEFAULT_VARIANT, engine: REFERENCE_ENGINE })) {
        const { value } = await others.next();
        if (value) cosines.push(cosine(value, reference));
      }
    } catch (thrown) {
      unreadable.push(`${name}: ${asOrcaError(thrown).message}`);
    }
  }
  return { ...distribution(cosines), unreadable };
}

/** Of cosines in any order: how many, the middle one, the one that 5 % are below, the least. */
export function distribution(cosines: readonly number[]): Omit<Agreement, "unreadable"> {
  const sorted = [...cosines].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { windows: sorted.length, median: at(0.5), p5: at(0.05), worst: at(0) };
}

/** 1 for two vectors of zeros, which agree. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (const [i, x] of a.entries()) {
    const y = b[i] as number;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 && bb === 0 ? 1 : dot / Math.sqrt(aa * bb);
}
