import { createReadStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { lookBehindFile } from "../../audio/behind.node.ts";
import { counted } from "../../counted.ts";
import { SEEDED_WARNING } from "../../embed/index.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import { extract } from "../../extract.ts";
import { checkModel, embedOptions, type Made, rawFormat, type ValuesOf } from "../../options/index.ts";
import { type BundleOptions, LabelTable, ModelBundle, SPOOLS, type SpoolName } from "../../output/index.ts";
import { ASSETS_FOLDER, nodeRuntime, type Runtime } from "../../runtime.node.ts";
import { classList } from "../class-list.ts";
import { modelList, netOf, WORDS, withOptions } from "../options.ts";
import { Progress } from "../progress.ts";
import { writeBundle } from "./bundle-folder.ts";
import { PROJECT } from "./options.ts";
import { type Recording, recordingsOf } from "./recordings.ts";
import { RowFile } from "./row-file.ts";
import { serveBundle } from "./serve.ts";

export function projectCommand(): Command {
  const command = new Command("project")
    .description("A bundle for TensorBoard's Embedding Projector: windows as points with labels and spectrograms.")
    .argument("<files...>", "recordings, or folders of recordings");
  return withOptions(command, PROJECT, (files: readonly string[], read) => project(files, read()));
}

/** What is the same for every model of one call. */
interface Job extends Made {
  readonly recordings: readonly Recording[];
  readonly runtime: Runtime;
  /** Recordings that failed. */
  readonly failed: Set<string>;
}

async function project(files: readonly string[], given: ValuesOf<typeof PROJECT>): Promise<void> {
  const { out, folder, thumbnail, maxPoints, port, labels, classes, columns, split, serve, baseUrl } = given;
  const names = await modelList(given.models, folder);
  const bundleOptions: BundleOptions = {
    thumbnail,
    maxPoints,
    split,
    ...(labels === undefined ? {} : { labels: new LabelTable(await textOf("labels", labels), basename(labels)) }),
    ...(columns === undefined ? {} : { columns }),
  };
  const namedHere = classes === undefined ? undefined : await classList(classes);
  const recordings = await recordingsOf(files);
  checkLabels(bundleOptions.labels, recordings);
  const options = { ...embedOptions(PROJECT, given, rawFormat(given, WORDS.bare)), scores: true, spectrogram: true };
  const made = { ...netOf(given), options };
  const runtime = await nodeRuntime(folder);
  for (const name of names) checkModel(PROJECT, (await runtime.store.entry(name)).description, made, WORDS);
  const job = { recordings, runtime, ...made, failed: new Set<string>() };
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
    await writeBundle(bundles, out, baseUrl);
    for (const [index, bundle] of bundles.entries()) say(names[index] as string, bundle);
  } finally {
    for (const spool of spools) await spool.remove();
  }
  console.log(
    `${out}: a bundle of ${recordings.length - job.failed.size} of ${recordings.length} recordings. tensorboard --logdir ${out} shows it too.`,
  );
  if (job.failed.size > 0) process.exitCode = 1;
  if (serve) await serveUntilStopped(out, port);
}

async function embedAll(model: string, bundle: ModelBundle, job: Job): Promise<void> {
  for (const { path, name } of job.recordings) {
    let progress: Progress | undefined;
    try {
      const { options, variant, engine } = job;
      const named = { ...options, variant, engine, file: resolve(path), ...(await lookBehindFile(path)) };
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
