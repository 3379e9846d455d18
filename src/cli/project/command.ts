import { createReadStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { metadataBehind } from "../../audio/riff-tail.node.ts";
import { counted } from "../../counted.ts";
import { type EmbedOptions, SEEDED_WARNING } from "../../embed/index.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import { extract } from "../../extract.ts";
import {
  type BundleOptions,
  DEFAULT_THUMBNAIL,
  LabelTable,
  MAX_POINTS,
  MAX_THUMBNAIL,
  MIN_THUMBNAIL,
  ModelBundle,
  SPOOLS,
  type SpoolName,
} from "../../output/index.ts";
import { ASSETS_FOLDER, MODELS_FOLDER, nodeRuntime, type Runtime } from "../../runtime.node.ts";
import { classList } from "../class-list.ts";
import { embedOptions, modelList } from "../options.ts";
import { Progress } from "../progress.ts";
import { writeBundle } from "./bundle-folder.ts";
import { type Recording, recordingsOf } from "./recordings.ts";
import { RowFile } from "./row-file.ts";
import { serveBundle } from "./serve.ts";

/** The command's options as commander gives them. */
interface Given {
  readonly model: string;
  readonly out: string;
  readonly models: string;
  readonly thumbnail: string;
  readonly maxPoints: string;
  readonly port: string;
  readonly labels?: string;
  readonly classes?: string;
  readonly columns?: string;
  readonly split?: boolean;
  readonly serve?: boolean;
  readonly baseUrl?: string;
  readonly channel?: string;
  readonly pcen?: string;
  readonly variant?: string;
  readonly engine?: string;
  readonly pcm?: string;
  readonly rate?: string;
  readonly channels?: string;
  readonly zone?: string;
}

export function projectCommand(): Command {
  return new Command("project")
    .description("A bundle for TensorBoard's Embedding Projector: windows as points with labels and spectrograms.")
    .argument("<files...>", "recordings, or folders of recordings")
    .option("-m, --model <names>", "a model, several with commas, or all that are here", "all")
    .option("-o, --out <dir>", "folder for the bundle", "projector")
    .option("--labels <file>", "CSV with file, start, end and labels, or a Raven selection table")
    .option(
      "--classes <file>",
      "CSV with a column display_name: YAMNet's classes in order (default: those beside the model)",
    )
    .option("--columns <names>", "columns of the metadata, with commas (default: all)")
    .option("--thumbnail <pixels>", "side of a window's picture, smaller where it must be", String(DEFAULT_THUMBNAIL))
    .option("--max-points <count>", "windows of one embedding; of more, an even share", String(MAX_POINTS))
    .option("--split", "all windows, in parts of up to --max-points")
    .option("--base-url <address>", "where the bundle's folder will be on the web")
    .option("--serve", "serve the bundle on this machine until Ctrl-C")
    .option("--port <number>", "port of --serve (default: any)", "0")
    .option("--channel <choice>", "mean, or a channel counted from 0 (default: mean)")
    .option("--pcen <mode>", "Humpback's smoother: clip or window (default: clip)")
    .option("--variant <name>", "form of the weights (default: fp32)")
    .option("--engine <name>", "what runs the nets: auto, kernels or ort (default: auto)")
    .option("--pcm <layout>", "the files are raw PCM: u8, s16le, s24le, s32le, f32le, f64le, or …be")
    .option("--rate <hertz>", "sample rate of raw PCM")
    .option("--channels <count>", "channels of raw PCM (default: 1)")
    .option(
      "--zone <offset>",
      "zone of times in recordings and their names that state none, like -07:00 (default: UTC)",
    )
    .option("--models <dir>", "where the models are", MODELS_FOLDER)
    .action(project);
}

/** What is the same for every model of one call. */
interface Job {
  readonly recordings: readonly Recording[];
  readonly runtime: Runtime;
  readonly options: EmbedOptions;
  readonly variant: string;
  readonly engine: string;
  /** Recordings that failed. */
  readonly failed: Set<string>;
}

async function project(files: readonly string[], given: Given): Promise<void> {
  const {
    model,
    out,
    models: folder,
    thumbnail,
    maxPoints,
    port,
    labels,
    classes,
    columns,
    split,
    serve,
    baseUrl,
    ...rest
  } = given;
  const names = await modelList(model, folder);
  const at = integer("port", port, 0, 65_535);
  const bundleOptions: BundleOptions = {
    thumbnail: integer("thumbnail", thumbnail, MIN_THUMBNAIL, MAX_THUMBNAIL),
    maxPoints: integer("max-points", maxPoints, 2, Number.MAX_SAFE_INTEGER),
    split: split === true,
    ...(labels === undefined ? {} : { labels: new LabelTable(await textOf("labels", labels), basename(labels)) }),
    ...(columns === undefined ? {} : { columns: columns.split(",").map((name) => name.trim()) }),
  };
  const namedHere = classes === undefined ? undefined : await classList(classes);
  const base = baseUrl === undefined ? undefined : folderAddress(baseUrl);
  const recordings = await recordingsOf(files);
  checkLabels(bundleOptions.labels, recordings);
  const { options, variant, engine } = embedOptions(rest);
  const runtime = await nodeRuntime(folder);
  const job = {
    recordings,
    runtime,
    variant,
    engine,
    options: { ...options, scores: true, spectrogram: true },
    failed: new Set<string>(),
  };
  await mkdir(out, { recursive: true });
  const spools: RowFile[] = [];
  try {
    const bundles: ModelBundle[] = [];
    for (const name of names) {
      const rows = new Map<SpoolName, RowFile>();
      for (const spool of SPOOLS) rows.set(spool, await RowFile.open(join(out, `${name}.${spool}.part`)));
      spools.push(...rows.values());
      const named = namedHere ?? (await runtime.store.classes(name));
      const bundle = new ModelBundle((spool) => rows.get(spool) as RowFile, {
        ...bundleOptions,
        ...(named === undefined ? {} : { classes: named.map((one) => one.name) }),
      });
      await embedAll(name, bundle, job);
      bundles.push(bundle);
    }
    await writeBundle(bundles, out, base);
    for (const [index, bundle] of bundles.entries()) say(names[index] as string, bundle);
  } finally {
    for (const spool of spools) await spool.remove();
  }
  console.log(
    `${out}: a bundle of ${recordings.length - job.failed.size} of ${recordings.length} recordings. tensorboard --logdir ${out} shows it too.`,
  );
  if (job.failed.size > 0) process.exitCode = 1;
  if (serve === true) await serveUntilStopped(out, at);
}

async function embedAll(model: string, bundle: ModelBundle, job: Job): Promise<void> {
  for (const { path, name } of job.recordings) {
    let progress: Progress | undefined;
    try {
      const { options, variant, engine } = job;
      const metadata = await metadataBehind(path);
      const named = { ...options, variant, engine, file: resolve(path), metadata };
      const records = extract(createReadStream(path), model, job.runtime, named);
      for await (const record of records) {
        await bundle.push(name, record);
        if (record.type === "header") progress = new Progress(`${name} ${model}`, record.source.seconds);
        else if (record.type === "window") progress?.at(record.end);
      }
    } catch (thrown) {
      // One bad file does not cost the others their place; what it gave before it failed stays.
      const error = asOrcaError(thrown);
      console.error(`orca-embed: ${path}: ${error.message}${error.hint === undefined ? "" : ` ${error.hint}`}`);
      job.failed.add(path);
    } finally {
      progress?.stop();
    }
  }
}

function say(model: string, { windows, header, notes }: ModelBundle): void {
  console.log(`${model}: ${counted(windows, "window")}`);
  if (header?.weights === "seeded") console.error(`${model}: ${SEEDED_WARNING}`);
  for (const note of notes) console.error(`${model}: ${note}`);
}

/** Serves until the process is told to end. */
async function serveUntilStopped(folder: string, port: number): Promise<void> {
  const server = await serveBundle(folder, port, ASSETS_FOLDER);
  console.log(`Serving ${server.config}`);
  if (server.viewer !== undefined) console.log(`See it without a network: ${server.viewer}`);
  console.log(`Open ${server.link}`);
  console.log(
    "That page is https: it needs a browser that lets such a page reach this machine. Some ask first, some refuse.",
  );
  console.log("Ctrl-C stops.");
  const stopped = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stopped.resolve);
  await stopped.promise;
  await server.stop();
}

async function textOf(field: string, path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new OrcaError("bad_option", `--${field} ${path} cannot be read: ${(cause as Error).message}`, {
      field,
      cause,
    });
  });
}

/** Labels that reach no recording are a mistake in names, and are said before the long work. */
function checkLabels(labels: LabelTable | undefined, recordings: readonly Recording[]): void {
  if (labels === undefined) return;
  if (!labels.namesFiles && !labels.byClock && recordings.length > 1) {
    throw new OrcaError("bad_option", `The labels do not say which of ${recordings.length} recordings they are of.`, {
      field: "labels",
      hint: 'Add a column file (in Raven: "Begin File"), or give one recording.',
    });
  }
  const known = recordings.filter(({ name }) => labels.knows(name));
  if (known.length > 0) {
    console.error(`Labels: for ${known.length} of ${recordings.length} recordings.`);
    return;
  }
  throw new OrcaError("bad_option", `No label is of any of the recordings: ${labels.files.slice(0, 3).join(", ")} …`, {
    field: "labels",
    hint: "The column file must hold the recordings' names.",
  });
}

function integer(field: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most && text.trim() !== "") return value;
  throw new OrcaError("bad_option", `--${field} ${text} is not a whole number from ${least} to ${most}.`, { field });
}

function folderAddress(text: string): string {
  const address = URL.canParse(text) ? text.replace(/\/?$/, "/") : undefined;
  if (address !== undefined) return address;
  throw new OrcaError("bad_option", `--base-url ${text} is not an address.`, {
    field: "base-url",
    hint: "Like https://example.org/bundle/",
  });
}
