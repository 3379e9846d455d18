import { existsSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Command } from "commander";
import { CollectionFolder, collectionPaths } from "../../collection/folder.node.ts";
import { mergeCollections, type Part } from "../../collection/merge.node.ts";
import type { MergedCounts } from "../../collection/merging.ts";
import { counted } from "../../counted.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import type { ValuesOf } from "../../options/index.ts";
import { Lock } from "../extract/lock.ts";
import { openResultsFolder } from "../extract/results-folder.ts";
import { withOptions } from "../options.ts";
import { printLine, printNote } from "../print.ts";
import { STATE_FOLDER } from "../recordings/index.ts";
import { safeName } from "../safe-name.ts";
import { copyManifests } from "./manifests.ts";
import { MERGE } from "./options.ts";

export function mergeCommand(): Command {
  const command = new Command("merge")
    .description("Several collections into one: those of shards, stations or years, with their labels.")
    .argument("<collections...>", "folders that orca-embed collect, or perch-hoplite, wrote");
  return withOptions(command, MERGE, (given: readonly string[], read) => mergeAll(given, read()));
}

async function mergeAll(given: readonly string[], chosen: ValuesOf<typeof MERGE>): Promise<void> {
  const { into, project, index } = chosen;
  const byModel = await partsOf(given, chosen.model);
  await checkApart(byModel, into);
  const state = await openResultsFolder(into);
  try {
    await checkIdle(byModel, into);
    for (const [model, parts] of byModel) {
      const place = join(into, safeName(model));
      const wishes = {
        into: place,
        draft: join(into, STATE_FOLDER, `merge-${safeName(model)}.sqlite`),
        name: project ?? basename(resolve(into)),
        rename: project !== undefined,
      };
      const counts = await mergeCollections(parts, wishes);
      if (counts !== undefined) say(parts, counts);
      const folder = await CollectionFolder.open(place);
      try {
        if (index !== "none") await folder.completeIndex(index === "graph");
        const { windows, recordings } = await folder.collection.counts();
        const all = `${counted(windows, "window")} of ${counted(recordings, "recording")}`;
        printLine(counts === undefined ? `${place}: all of it is there already: ${all}.` : `${place}: ${all}.`);
      } finally {
        folder.close();
      }
    }
    await copyManifests(
      [...byModel.values()].flat().map(({ path }) => path),
      into,
    );
  } catch (thrown) {
    // Work had begun: that is not the code of a run that could not begin.
    if (asOrcaError(thrown).code === "unwritable") process.exitCode = 1;
    throw thrown;
  } finally {
    await state.close();
  }
}

/** Names that are said of many. */
const NAMED = 3;

function say(parts: readonly Part[], counts: readonly MergedCounts[]): void {
  for (const [at, { recordings, windows, annotations, known, newer }] of counts.entries()) {
    const { path } = parts[at] as Part;
    const labels = annotations === 0 ? "" : `, ${counted(annotations, "label")}`;
    const again = known === 0 ? "" : `; ${counted(known, "recording")} there already`;
    printLine(`${path}: ${counted(windows, "window")} of ${counted(recordings, "recording")}${labels}${again}.`);
    if (newer.length === 0) continue;
    const names = `${newer.slice(0, NAMED).join(", ")}${newer.length > NAMED ? ", …" : ""}`;
    printNote(`${path} has a later state of ${counted(newer.length, "recording")}, which is taken (${names}).`);
  }
}

/** The collections of each model, each once. */
async function partsOf(given: readonly string[], model: string | undefined): Promise<Map<string, Part[]>> {
  const byModel = new Map<string, Part[]>();
  const seen = new Set<string>();
  for (const path of given) {
    for (const one of await pathsIn(path, model)) {
      const real = await realpath(one);
      if (seen.has(real)) continue;
      seen.add(real);
      const folder = await CollectionFolder.open(one);
      const { id } = folder.collection.model;
      folder.close();
      // A model's folder was given itself, or the one that holds it.
      const name = basename(resolve(resolve(one) === resolve(path) ? dirname(resolve(one)) : path));
      byModel.set(id, [...(byModel.get(id) ?? []), { path: one, name }]);
    }
  }
  if (byModel.size > 0) return byModel;
  throw new OrcaError("bad_option", `${given.join(", ")} hold nothing to merge.`, {
    hint: "Give the folders that orca-embed collect wrote.",
  });
}

/** A shard that had no recording, or whose run has not come to one yet, has no collection: that is said. */
async function pathsIn(path: string, model: string | undefined): Promise<string[]> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() !== true) throw new OrcaError("bad_option", `There is no folder ${path}.`);
  try {
    return await collectionPaths(path, model);
  } catch (thrown) {
    if (asOrcaError(thrown).code !== "collection_invalid" || !existsSync(join(path, STATE_FOLDER))) throw thrown;
    printNote(`${path} holds no collection: its run found no recording, or has not ended.`);
    return [];
  }
}

async function checkApart(byModel: ReadonlyMap<string, readonly Part[]>, into: string): Promise<void> {
  for (const [model, parts] of byModel) {
    const place = await realpath(join(into, safeName(model))).catch(() => undefined);
    for (const { path } of parts) {
      if ((await realpath(path)) !== place) continue;
      throw new OrcaError("bad_option", `${path} is the collection that the others are to be merged into.`, {
        field: "into",
        hint: "Leave it out: what it holds stays.",
      });
    }
  }
}

/** A part that is being written is not whole: throws `busy`. */
async function checkIdle(byModel: ReadonlyMap<string, readonly Part[]>, into: string): Promise<void> {
  const own = join(into, STATE_FOLDER, "lock");
  for (const { path } of [...byModel.values()].flat()) {
    const lock = join(dirname(resolve(path)), STATE_FOLDER, "lock");
    if (resolve(lock) !== resolve(own)) await Lock.free(lock, own);
  }
}
