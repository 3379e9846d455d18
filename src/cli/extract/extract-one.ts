import { lstat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { EmbedOptions } from "../../embed/index.ts";
import { OrcaError, unwritable } from "../../errors.ts";
import { extract } from "../../extract.ts";
import { fileTrouble } from "../../file-errors.ts";
import type { Layout, Sink } from "../../options/index.ts";
import type { EmbedRecord } from "../../records/index.ts";
import { isRemote, type RemoteSettings } from "../../remote/index.ts";
import type { Runtime } from "../../runtime.node.ts";
import { chosenHeads, type HeadFiles } from "../heads/chosen.ts";
import { type Elsewhere, openRecording } from "../recordings/index.ts";
import { remoteClient } from "../remote-options.ts";
import { resultName } from "./formats.ts";
import { openRecordFile } from "./record-files.ts";

/** What is the same for every recording of a run. It goes to other processes as JSON. */
export interface Setup {
  /** Folder of the models. */
  readonly models: string;
  readonly options: EmbedOptions;
  readonly variant: string;
  readonly engine: string;
  readonly layout: Layout;
  /** Folder of the results, or `s3://BUCKET/PREFIX`. */
  readonly out: string;
  /** Heads that run behind the models, where there are any. */
  readonly headFiles?: HeadFiles;
  /** A folder for what is not whole yet, on the same file system as a folder of results; beside its place where there is none. */
  readonly drafts?: string;
  /** How services are asked for what lies elsewhere. */
  readonly remote: RemoteSettings;
  /** Whether stored embeddings are read, and no sound: `headFiles` run over them. */
  readonly stored?: true;
}

/** One recording and model. */
export interface Task {
  /** Of no other task of the run. */
  readonly id: number;
  /** `-` is standard input. */
  readonly path: string;
  /** The recording's name in the results. */
  readonly name: string;
  readonly model: string;
  readonly formats: readonly Sink[];
  /** What is known of it beside its path. */
  readonly recording?: { readonly elsewhere?: Elsewhere };
}

/** What one task gave. */
export interface Outcome {
  readonly version: string;
  /** What ran the net, as the header names it: what `auto` chose. */
  readonly engine: string;
  readonly windows: number;
  readonly seconds: number;
  /** Seconds that it took from the recording's header on: the model was loaded by then. */
  readonly took: number;
  readonly findings: readonly { readonly message: string; readonly lost: boolean }[];
  /** Events that heads found, where some ran. */
  readonly events?: number;
}

/** How far a task is, in seconds of audio; `total` where the recording says it. */
export type Progress = (seconds: number, total: number | undefined) => void;

/** Reads a recording through a model into files, which appear when all of them are whole. Throws OrcaError. */
export async function extractOne(task: Task, setup: Setup, runtime: Runtime, progress: Progress): Promise<Outcome> {
  const { path, name, model, formats } = task;
  const { layout, variant, engine, out } = setup;
  const targets = formats.map((format) => {
    if (format === "collection") return spoolPath(setup, task);
    return isRemote(out) ? wholePath(setup, task, format) : join(out, resultName(name, model, format));
  });
  await Promise.all(targets.map(fitsItsDisk));
  const heads = setup.headFiles === undefined ? {} : { heads: await chosenHeads(setup.headFiles) };
  const client = remoteClient(setup.remote);
  const { audio, known } =
    path === "-"
      ? { audio: process.stdin, known: {} }
      : await openRecording({ path, elsewhere: task.recording?.elsewhere }, client);
  const options = { ...setup.options, ...known, ...startOf(setup, known), ...heads, variant, engine };
  // A selection table names each window's best class.
  if (formats.includes("raven")) options.scores = true;
  const looks = { ...layout, classes: await namesOf(task, setup, runtime) };
  const files = await Promise.all(
    formats.map((format, at) => {
      const target = targets[at] as string;
      const draft = setup.drafts === undefined ? target : join(setup.drafts, `${task.id}.${format}`);
      return openRecordFile(target, format, looks, { name, path: isRemote(path) ? path : resolve(path) }, draft);
    }),
  );
  try {
    let total: number | undefined;
    let outcome: Outcome | undefined;
    let made = { version: "", engine: "" };
    let began = 0;
    let events = 0;
    for await (const record of extract(audio, model, { runtime, ...options })) {
      const plain = layout.scores ? record : withoutScores(record);
      for (const [at, file] of files.entries()) await file.push(formats[at] === "raven" ? record : plain);
      if (record.type === "window") progress(record.end, total);
      else if (record.type === "event") events += record.phase === "end" ? 1 : 0;
      else if (record.type === "header") {
        made = { version: record.version, engine: record.engine };
        total = record.source.seconds;
        began = performance.now();
      } else if (record.type === "summary") {
        const { windows, seconds, findings } = record;
        const found = setup.headFiles === undefined ? {} : { events };
        outcome = { ...made, windows, seconds, findings, ...found, took: (performance.now() - began) / 1000 };
      }
    }
    if (outcome === undefined) throw new OrcaError("internal", "The result ended without a summary.");
    for (const file of files) await file.close();
    return outcome;
  } catch (thrown) {
    await Promise.all(files.map((file) => file.discard()));
    throw thrown;
  }
}

/** Where a recording's windows wait for the run to take them into its collection. */
export function spoolPath({ out, drafts = out }: Setup, { id }: Task): string {
  return join(drafts, `${id}.windows`);
}

/** Where a result lies, whole, until the run sends it to its bucket. */
export function wholePath({ drafts = "." }: Setup, { id }: Task, format: Sink): string {
  return join(drafts, `${id}.${format}.whole`);
}

/** A result has a longer name than its recording: throws `name_too_long` before the work, where its disk does not take it. */
export async function fitsItsDisk(target: string): Promise<void> {
  await lstat(target).catch((thrown: unknown) => {
    if (fileTrouble(thrown)?.code === "ENAMETOOLONG") throw unwritable(dirname(target), thrown);
  });
}

/** The caller's word goes before a place among others. */
const startOf = ({ options: { start } }: Setup, known: Partial<EmbedOptions>) =>
  start === undefined ? (known.start === undefined ? {} : { start: known.start }) : { start };

/** Names of a model's classes for tables that name them: as given, else as kept beside the model. */
async function namesOf({ model, formats }: Task, { layout }: Setup, { store }: Runtime): Promise<readonly string[]> {
  if (!formats.includes("raven") || layout.classes.length > 0) return layout.classes;
  return (await store.classes(model))?.map(({ name }) => name) ?? [];
}

function withoutScores(record: EmbedRecord): EmbedRecord {
  if (record.type !== "window" || record.scores === undefined) return record;
  const { scores: _, ...rest } = record;
  return rest;
}
