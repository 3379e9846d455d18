import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { DATABASE } from "../../collection/folder.node.ts";
import { OrcaError } from "../../errors.ts";
import type { LoadedHead } from "../../heads/index.ts";
import { embedOptions, rawFormat, type ValuesOf } from "../../options/index.ts";
import { isRemote } from "../../remote/index.ts";
import { nodeOf } from "../extract/command.ts";
import type { Setup } from "../extract/extract-one.ts";
import { run } from "../extract/run.ts";
import { headFiles, loadHead } from "../heads/chosen.ts";
import { detectIn } from "../heads/detect.ts";
import { modelList, netOf, WORDS, withOptions } from "../options.ts";
import { remoteSettings } from "../remote-options.ts";
import { CollectionStore } from "./collection-store.ts";
import { COLLECT } from "./options.ts";

export function collectCommand(): Command {
  const command = new Command("collect")
    .description("Embeddings of recordings, kept in a collection that can be searched and labelled.")
    .argument(
      "[recordings...]",
      "files, folders, or patterns in quotes like 'site-*/**/*.flac'; https:// and s3://BUCKET/PREFIX",
    );
  return withOptions(command, COLLECT, async (given: readonly string[], read) => {
    if ((await collect(given, read())) > 0) process.exitCode = 1;
  });
}

/** Returns how many recordings failed. */
async function collect(given: readonly string[], chosen: ValuesOf<typeof COLLECT>): Promise<number> {
  if (given.includes("-")) {
    throw new OrcaError("bad_option", "Standard input (-) has no name in a collection.", {
      hint: "Save it to a file, whose name says when it was recorded.",
    });
  }
  const { folder, into, jobs, redo, base, shard, index, deployment, project } = chosen;
  const models = await modelList(chosen.models, folder);
  const heads = await headsFor(models, chosen);
  const node = nodeOf(given, chosen);
  const setup: Setup = {
    models: folder,
    options: embedOptions(COLLECT, chosen, rawFormat(chosen, WORDS.bare)),
    ...netOf(chosen),
    layout: { encoding: "numbers", scores: false, spectrogram: false, outputs: [], minScore: 0, classes: [] },
    out: into,
    remote: remoteSettings(chosen),
  };
  const failed = await run({
    given,
    models,
    sinks: ["collection"],
    setup,
    jobs,
    redo,
    base,
    shard,
    node,
    // A collection is one file, which one process writes.
    shares: false,
    store: (setup, { base }) =>
      new CollectionStore(
        setup,
        { project: project ?? basename(resolve(into)), deployment, base: isRemote(base) ? base : resolve(base) },
        index,
      ),
  });
  for (const model of models) {
    const own = heads.filter(
      ({ head }) => head.model.id === model || (models.length === 1 && head.model.id === "unknown"),
    );
    const path = join(into, model);
    if (own.length === 0 || !existsSync(join(path, DATABASE))) continue;
    const out = models.length === 1 ? chosen.detections : join(chosen.detections, model);
    await detectIn(path, own, { ...chosen, out, format: ["raven"], clips: false, collection: basename(resolve(into)) });
  }
  return failed;
}

/** The heads that are to run when all is in. Throws where one cannot be read, or is of no model that is collected. */
async function headsFor(models: readonly string[], chosen: ValuesOf<typeof COLLECT>): Promise<LoadedHead[]> {
  const named = headFiles({ ...chosen, detect: undefined });
  const heads = await Promise.all((named?.files ?? []).map(loadHead));
  const other = heads.find(({ head: { model } }) => model.id !== "unknown" && !models.includes(model.id));
  if (other === undefined) return heads;
  throw new OrcaError(
    "bad_option",
    `The head ${other.head.id} is for ${other.head.model.id}, which is not collected.`,
    {
      field: "head",
      hint: `Collect with --models ${other.head.model.id}, or give a head for ${models.join(", ")}.`,
    },
  );
}
