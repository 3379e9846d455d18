import { basename, join } from "node:path";
import { Command } from "commander";
import { counted } from "../../counted.ts";
import { SEEDED_WARNING } from "../../embed/index.ts";
import { asOrcaError, OrcaError, writingInto } from "../../errors.ts";
import { extract } from "../../extract.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { checkModel, embedOptions, type Made, rawFormat, type ValuesOf } from "../../options/index.ts";
import { type BundleOptions, ModelBundle, SPOOLS, type SpoolName } from "../../output/index.ts";
import type { RemoteClient } from "../../remote/index.ts";
import { ASSETS_FOLDER, nodeRuntime, type Runtime } from "../../runtime.node.ts";
import { classList } from "../class-list.ts";
import { isResultName } from "../extract/formats.ts";
import { chosenHeads, headFiles } from "../heads/chosen.ts";
import { modelList, netOf, WORDS, withOptions } from "../options.ts";
import { printError, printLine, printNote } from "../print.ts";
import { Progress } from "../progress.ts";
import {
  type Elsewhere,
  type Recording as Found,
  findRecordings,
  foundNotes,
  openRecording,
} from "../recordings/index.ts";
import { remoteClient, remoteSettings } from "../remote-options.ts";
import { writeBundle } from "./bundle-folder.ts";
import { labelsOf } from "./labels.ts";
import { PROJECT } from "./options.ts";
import { RowFile } from "./row-file.ts";
import { serveBundle } from "./serve.ts";

export function projectCommand(): Command {
  const command = new Command("project")
    .description("A bundle for TensorBoard's Embedding Projector: windows as points with labels and spectrograms.")
    .argument("<files...>", "recordings, or folders of recordings; https:// and s3://BUCKET/PREFIX");
  return withOptions(command, PROJECT, (files: readonly string[], read) => project(files, read()));
}

interface Recording {
  /** As it was given, for who reads what is said of it. */
  readonly given: string;
  /** Whole. */
  readonly path: string;
  /** Where it does not lie on a disk. */
  readonly elsewhere: Elsewhere | undefined;
  /** The file's name; where two have the same, its path from the folder that holds all. */
  readonly name: string;
}

function bundleNames(recordings: readonly Found[]): Recording[] {
  const count = new Map<string, number>();
  for (const { name } of recordings) count.set(basename(name), (count.get(basename(name)) ?? 0) + 1);
  return recordings.map(({ path: given, absolute: path, name, elsewhere }) => ({
    given,
    path,
    elsewhere,
    name: count.get(basename(name)) === 1 ? basename(name) : name,
  }));
}

/** What is the same for every model of one call. */
interface Job extends Made {
  readonly recordings: readonly Recording[];
  readonly runtime: Runtime;
  readonly client: RemoteClient;
  /** Recordings that failed. */
  readonly failed: Set<string>;
}

async function project(files: readonly string[], given: ValuesOf<typeof PROJECT>): Promise<void> {
  const { out, folder, thumbnail, maxPoints, port, labels, classes, columns, split, serve, baseUrl } = given;
  const names = await modelList(given.models, folder);
  const client = remoteClient(remoteSettings(given));
  const found = await findRecordings(files, { results: out, isResult: isResultName, client });
  printNote(...foundNotes(found));
  for (const { path, error } of found.missing) printError(error, path);
  const recordings = bundleNames(found.recordings);
  if (recordings.length === 0) throw new OrcaError("bad_option", `There is no recording: ${files.join(", ")}.`);
  const bundleOptions: BundleOptions = {
    thumbnail,
    maxPoints,
    split,
    ...(labels === undefined ? {} : { labels: await labelsOf(labels, recordings) }),
    ...(columns === undefined ? {} : { columns }),
  };
  const namedHere = classes === undefined ? undefined : await classList(classes);
  const ofHeads = headFiles(given);
  const heads = ofHeads === undefined ? undefined : await chosenHeads(ofHeads);
  const options = {
    ...embedOptions(PROJECT, given, rawFormat(given, WORDS.bare)),
    scores: true,
    spectrogram: true,
    ...(heads === undefined ? {} : { heads }),
  };
  const made = { ...netOf(given), options };
  const runtime = await nodeRuntime(folder);
  for (const name of names) checkModel(PROJECT, (await runtime.store.entry(name)).description, made, WORDS);
  const job = { recordings, runtime, client, ...made, failed: new Set<string>() };
  await writingInto(out, () => makeFolder(out));
  const spools: RowFile[] = [];
  const bundles: ModelBundle[] = [];
  try {
    for (const name of names) {
      const rows = new Map<SpoolName, RowFile>();
      for (const spool of SPOOLS) rows.set(spool, await RowFile.open(join(out, `${name}.${spool}.part`)));
      spools.push(...rows.values());
      const named = namedHere ?? (await runtime.store.classes(name));
      const bundle = new ModelBundle((spool) => rows.get(spool) as RowFile, {
        ...bundleOptions,
        heads: (heads?.trained ?? []).flatMap(({ head }) => head.classes.map((one) => [head.id, one.name] as const)),
        ...(named === undefined ? {} : { classes: named.map((one) => one.name) }),
      });
      await embedAll(name, bundle, job);
      bundles.push(bundle);
    }
    await writeBundle(bundles, out, baseUrl);
    for (const [index, bundle] of bundles.entries()) say(names[index] as string, bundle);
  } catch (thrown) {
    // Work had begun: that is not the code of a run that could not begin.
    if (bundles.length > 0) process.exitCode = 1;
    throw thrown;
  } finally {
    for (const spool of spools) await spool.remove();
  }
  printLine(
    `${out}: a bundle of ${recordings.length - job.failed.size} of ${recordings.length} recordings. tensorboard --logdir ${out} shows it too.`,
  );
  if (job.failed.size + found.missing.length > 0) process.exitCode = 1;
  if (serve) await serveUntilStopped(out, port);
}

async function embedAll(model: string, bundle: ModelBundle, job: Job): Promise<void> {
  for (const { given, path, name, elsewhere } of job.recordings) {
    let progress: Progress | undefined;
    try {
      const { options, variant, engine } = job;
      const { audio, known } = await openRecording({ path, elsewhere }, job.client);
      const records = extract(audio, model, { runtime: job.runtime, ...options, variant, engine, ...known });
      for await (const record of records) {
        await bundle.push(name, record);
        if (record.type === "header") progress = new Progress(`${name} ${model}`, record.source.seconds);
        else if (record.type === "window") progress?.at(record.end);
      }
    } catch (thrown) {
      // One bad file does not cost the others their place; what it gave before it failed stays. A full disk takes no more.
      const error = asOrcaError(thrown);
      if (error.code === "unwritable") {
        process.exitCode = 1;
        throw error;
      }
      printError(error, given);
      job.failed.add(path);
    } finally {
      progress?.stop();
    }
  }
}

function say(model: string, { windows, header, notes }: ModelBundle): void {
  printLine(`${model}: ${counted(windows, "window")}`);
  if (header?.weights === "seeded") printNote(`${model}: ${SEEDED_WARNING}`);
  for (const note of notes) printNote(`${model}: ${note}`);
}

/** Serves until the process is told to end. */
async function serveUntilStopped(folder: string, port: number): Promise<void> {
  const server = await serveBundle(folder, port, ASSETS_FOLDER);
  printLine(`Serving ${server.config}`);
  if (server.viewer !== undefined) printLine(`See it without a network: ${server.viewer}`);
  printLine(`Open ${server.link}`);
  printLine(
    "That page is https: it needs a browser that lets such a page reach this machine. Some ask first, some refuse.",
  );
  printLine("Ctrl-C stops.");
  const stopped = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stopped.resolve);
  await stopped.promise;
  await server.stop();
}
