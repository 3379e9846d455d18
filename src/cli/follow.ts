import { join } from "node:path";
import { Command } from "commander";
import { SEEDED_WARNING } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import { embedLive, follow, Inspector, type LiveSource, liveSource, SharedFiles } from "../live/index.ts";
import {
  back,
  checkModel,
  embedOptions,
  FORMATS,
  type Format,
  format,
  HEAD_FILES,
  type Layout,
  model,
  NET,
  namesIn,
  option,
  RECORDS,
  text,
  type ValuesOf,
} from "../options/index.ts";
import { type EventRecord, type HeaderRecord, type LiveRecord, RecordWriter } from "../records/index.ts";
import { nodeRuntime } from "../runtime.node.ts";
import { resultName } from "./extract/formats.ts";
import { openRecordFile, type RecordFile } from "./extract/record-files.ts";
import { chosenHeads, headFiles } from "./heads/chosen.ts";
import { modelsFolder, netOf, WORDS, withOptions } from "./options.ts";
import { printJson, printNote } from "./print.ts";

/** Where Orcasound's nodes publish: bucket `audio-orcasound-net` in us-west-2 (orcanode, base/upload_s3.py). */
const ORCASOUND = "https://audio-orcasound-net.s3.us-west-2.amazonaws.com";

/** Formats of files that a stretch may have: a selection table is of a recording, and a stretch is none. */
const STRETCHES = FORMATS.filter((one) => one !== "raven");

export const FOLLOW = {
  node: option({
    name: "node",
    ...text("a name like `rpi_orcasound_lab`"),
    help: "An Orcasound node, in place of an address.",
    argument: "<name>",
  }),
  base: option({
    name: "base",
    ...text("an address"),
    default: ORCASOUND,
    help: "Where the nodes publish.",
    argument: "<url>",
  }),
  hosts: option({
    name: "hosts",
    takes: { kind: "names", words: "names with commas" },
    default: "",
    help: "Further hosts that the address may lead to.",
    argument: "<names>",
    read: namesIn,
  }),
  model: { ...model, default: "yamnet" },
  back: back(),
  out: option({
    name: "out",
    ...text("a folder"),
    otherwise: "NDJSON goes to standard output",
    help: "Folder for files, one a stretch.",
    letter: "-o",
    argument: "<dir>",
  }),
  format: format(STRETCHES),
  ...RECORDS,
  ...HEAD_FILES,
  ...NET,
  folder: modelsFolder,
};

export function followCommand(): Command {
  const command = new Command("follow")
    .description(
      "Embeddings of a live hydrophone, as it publishes: an HLS playlist (.m3u8), an Orcasound node, or an Icecast stream.",
    )
    .argument("[url]", "address of the playlist or the stream");
  return withOptions(command, FOLLOW, (url: string | undefined, read) => followOne(url, read()));
}

async function followOne(url: string | undefined, given: ValuesOf<typeof FOLLOW>): Promise<void> {
  const { back: segments, out, format: formats, encoding, folder } = given;
  const source = sourceOf(url, given);
  const name = given.model;
  const ofHeads = headFiles(given);
  const heads = ofHeads === undefined ? {} : { heads: await chosenHeads(ofHeads) };
  const options = { ...embedOptions(FOLLOW, given), ...heads };
  const made = { ...netOf(given), options };
  const { scores, spectrogram, outputs } = options;
  const layout = { encoding, scores, spectrogram, outputs, minScore: 0, classes: [] };
  const files = out === undefined ? undefined : new StretchFiles(out, name, formats, layout);
  const runtime = await nodeRuntime(folder);
  checkModel(FOLLOW, (await runtime.store.entry(name)).description, made, WORDS);
  const leaving = new AbortController();
  // What has come still gives its windows and a summary; a second Ctrl-C ends at once.
  process.once("SIGINT", () => leaving.abort());
  process.once("SIGTERM", () => leaving.abort());
  const events = follow(source, new SharedFiles(), new Inspector(runtime), { back: segments }, leaving.signal);
  const load = () => runtime.store.load(name, made.variant, made.engine);
  const writer = new RecordWriter(encoding);
  try {
    for await (const records of embedLive(events, load, runtime, options)) {
      for (const record of records) {
        if (record.type === "header" && record.weights === "seeded") printNote(`${name}: ${SEEDED_WARNING}`);
        if (record.type === "gap" || record.type === "waiting") printNote(`${record.type}: ${record.message}`);
        if (record.type === "event") printNote(eventLine(record));
        if (record.type === "summary") for (const { message } of record.findings) printNote(`finding: ${message}`);
        if (files !== undefined) await files.push(record);
        else await printJson(writer.write(record));
      }
    }
  } finally {
    await files?.close();
  }
}

/** An event in a line: what, when, how sure. */
function eventLine({ phase, head, class: name, start, end, utc, peak }: EventRecord): string {
  const when = utc ?? `${start.toFixed(1)} s`;
  const long = phase === "end" ? `, ${(end - start).toFixed(1)} s` : "";
  return `event: ${name} (${head}) ${phase === "begin" ? "began" : "ended, since"} ${when}${long}, up to ${peak.toFixed(2)}`;
}

function sourceOf(url: string | undefined, { node, base, hosts }: ValuesOf<typeof FOLLOW>): LiveSource {
  if ((url === undefined) === (node === undefined)) {
    throw new OrcaError("bad_option", "Give either the address of a playlist or --node NAME.");
  }
  if (url !== undefined) return liveSource(url, "url", hosts);
  return liveSource(`${base.replace(/\/*$/, "/")}${encodeURIComponent(node ?? "")}`, "node", hosts);
}

/** A file of each format for each stretch, named by its start; each appears when its stretch has ended. */
class StretchFiles {
  readonly #folder: string;
  readonly #model: string;
  readonly #formats: readonly Format[];
  readonly #layout: Layout;
  #open: RecordFile[] = [];
  #name = "";
  #count = 0;

  constructor(folder: string, model: string, formats: readonly Format[], layout: Layout) {
    this.#folder = folder;
    this.#model = model;
    this.#formats = formats;
    this.#layout = layout;
  }

  async push(record: LiveRecord): Promise<void> {
    if (record.type === "gap" || record.type === "waiting") return;
    if (record.type === "header") await this.#begin(record);
    for (const file of this.#open) await file.push(record);
    if (record.type === "summary") await this.close();
  }

  async close(): Promise<void> {
    for (const file of this.#open.splice(0)) {
      await file.close();
      printNote(`${this.#name} written`);
    }
  }

  async #begin({ start }: HeaderRecord): Promise<void> {
    await this.close();
    // 20240501T120000Z, as recorders of hydrophones name their files.
    const when = start?.utc.replace(/[-:]|\.\d+/g, "") ?? `stretch-${this.#count}`;
    this.#count++;
    this.#name = `${when}.${this.#model}`;
    const target = (format: Format) => join(this.#folder, resultName(when, this.#model, format));
    const named = { name: when, path: when };
    this.#open = await Promise.all(
      this.#formats.map((format) => openRecordFile(target(format), format, this.#layout, named)),
    );
  }
}
