import { once } from "node:events";
import { join } from "node:path";
import { Command } from "commander";
import { SEEDED_WARNING } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import { embedLive, follow, Inspector, type LiveSource, SharedFiles } from "../live/index.ts";
import { type HeaderRecord, type LiveRecord, RecordWriter } from "../records/index.ts";
import { MODELS_FOLDER, nodeRuntime } from "../runtime.node.ts";
import { type Format, resultName } from "./extract/formats.ts";
import { openRecordFile, type RecordFile } from "./extract/record-files.ts";
import type { Layout } from "./extract/settings.ts";
import { embedOptions, listOf } from "./options.ts";

/** Where Orcasound's nodes publish: bucket `audio-orcasound-net` in us-west-2 (orcanode, base/upload_s3.py). */
const ORCASOUND = "https://audio-orcasound-net.s3.us-west-2.amazonaws.com";

/** The command's options as commander gives them. */
interface Given {
  readonly node?: string;
  readonly base: string;
  readonly hosts?: string;
  readonly model: string;
  readonly back: string;
  readonly out?: string;
  readonly format: string;
  readonly models: string;
  readonly include?: string;
  readonly channel?: string;
  readonly pcen?: string;
  readonly postprocess?: string;
  readonly variant?: string;
  readonly engine?: string;
  readonly encoding?: string;
}

export function followCommand(): Command {
  return new Command("follow")
    .description("Embeddings of a live hydrophone, as it publishes: an HLS playlist (.m3u8), or an Orcasound node.")
    .argument("[url]", "address of the playlist")
    .option("--node <name>", "an Orcasound node, like rpi_orcasound_lab, in place of an address")
    .option("--base <url>", "where the nodes publish", ORCASOUND)
    .option("--hosts <names>", "further hosts that the playlist may lead to, with commas")
    .option("-m, --model <name>", "one of the models that are here", "yamnet")
    .option("--back <count>", "begin with so many of the newest segments", "1")
    .option("-o, --out <dir>", "folder for a file a stretch; without it NDJSON goes to standard output")
    .option("-f, --format <names>", "of the files: ndjson, csv, npz, parquet, or several with commas", "ndjson")
    .option("--include <names>", "scores, spectrogram, or both with a comma")
    .option("--channel <choice>", "mean, or a channel counted from 0 (default: mean)")
    .option("--pcen <mode>", "Humpback's smoother: clip or window (default: clip)")
    .option("--postprocess <name>", "VGGish's embeddings: none or pca (default: none)")
    .option("--variant <name>", "form of the weights (default: fp32)")
    .option("--engine <name>", "what runs the nets: auto, kernels or ort (default: auto)")
    .option("--encoding <name>", "arrays in NDJSON: numbers or base64 (default: numbers)")
    .option("--models <dir>", "where the models are", MODELS_FOLDER)
    .action(followOne);
}

async function followOne(url: string | undefined, given: Given): Promise<void> {
  const { node, base, hosts, model, back, out, format, models: folder, ...rest } = given;
  const source = sourceOf(url, given);
  const name = model;
  const { options, variant, engine, encoding } = embedOptions(rest);
  const segments = Number(back);
  if (!(Number.isInteger(segments) && segments >= 1)) {
    throw new OrcaError("bad_option", `--back ${back} is not a number of segments, 1 or more.`, { field: "back" });
  }
  // A selection table is of a file, and a stretch is none.
  const formats = listOf(format, ["ndjson", "csv", "npz", "parquet"] as const, "format");
  const { scores, spectrogram } = options;
  const layout = { encoding, scores, spectrogram, minScore: 0, classes: [] };
  const files = out === undefined ? undefined : new StretchFiles(out, name, formats, layout);
  const runtime = await nodeRuntime(folder);
  const leaving = new AbortController();
  // What has come still gives its windows and a summary; a second Ctrl-C ends at once.
  process.once("SIGINT", () => leaving.abort());
  process.once("SIGTERM", () => leaving.abort());
  const events = follow(source, new SharedFiles(), new Inspector(runtime), { back: segments }, leaving.signal);
  const load = () => runtime.store.load(name, variant, engine);
  const writer = new RecordWriter(encoding);
  try {
    for await (const records of embedLive(events, load, runtime, options)) {
      for (const record of records) {
        if (record.type === "header" && record.weights === "seeded") console.error(`${name}: ${SEEDED_WARNING}`);
        if (record.type === "gap" || record.type === "waiting") console.error(`${record.type}: ${record.message}`);
        if (files !== undefined) await files.push(record);
        else await print(writer.write(record));
      }
    }
  } finally {
    await files?.close();
  }
}

function sourceOf(url: string | undefined, { node, base, hosts }: Given): LiveSource {
  if ((url === undefined) === (node === undefined)) {
    throw new OrcaError("bad_option", "Give either the address of a playlist or --node NAME.");
  }
  const address = url ?? `${base.replace(/\/*$/, "/")}${encodeURIComponent(node ?? "")}`;
  if (!URL.canParse(address) || !/^https?:/.test(address)) {
    throw new OrcaError("bad_option", `${address} is no address that begins with https:// or http://.`);
  }
  const more = hosts?.split(",").map((host) => host.trim()) ?? [];
  return { url: address, kind: url === undefined ? "node" : "playlist", hosts: more };
}

async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
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
      console.error(`${this.#name} written`);
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
