import { join } from "node:path";
import { Command } from "commander";
import { CollectionFolder, collectionPath } from "../../collection/folder.node.ts";
import {
  CODED_FROM,
  type Collection,
  highestHeard,
  searchCollection,
  type WindowFilter,
} from "../../collection/index.ts";
import { asOrcaError } from "../../errors.ts";
import type { ValuesOf } from "../../options/index.ts";
import { nodeRuntime, vectorModule } from "../../runtime.node.ts";
import { Draft } from "../draft.ts";
import { notThere } from "../not-there.ts";
import { withOptions } from "../options.ts";
import { printJson, printNote, printTable } from "../print.ts";
import { writeClips } from "./clips.ts";
import { examplesOf } from "./examples.ts";
import { type FILTERS, SEARCH } from "./options.ts";
import { resultLines } from "./output.ts";

export function searchCommand(): Command {
  const command = new Command("search")
    .description("What in a collection sounds like an example, the most alike first.")
    .argument("<collection>", "a folder that orca-embed collect, or perch-hoplite, wrote");
  return withOptions(command, SEARCH, (given: string, read) => search(given, read()));
}

async function search(given: string, chosen: ValuesOf<typeof SEARCH>): Promise<void> {
  const path = await collectionPath(given, chosen.model);
  const folder = await CollectionFolder.open(path);
  try {
    const { collection } = folder;
    const filter = await filterOf(chosen, collection);
    const { examples, ids } = await examplesOf(chosen, collection, chosen.folder);
    const { measure, top, above, events, by } = chosen;
    const request = {
      examples,
      measure,
      count: top,
      events,
      without: ids,
      ...(above === undefined ? {} : { above }),
      ...(filter === undefined ? {} : { filter }),
    };
    const module = await vectorModule();
    const { windows } = await collection.counts();
    const codes = by === "codes" || (by === "auto" && windows >= CODED_FROM) ? await codesIn(path, module) : undefined;
    const results = await searchCollection(collection, module, request, codes);
    const sources = folder.audioSources();
    const place = (name: string) => join(chosen.audio ?? sources.at(-1)?.base ?? "", name);
    const highest = highestHeard(collection.model);
    const about = { measure, model: collection.model.id, highest, path: place };
    await write(resultLines(results, chosen.format, about).join(""), chosen);
    if (results.length === 0) printNote("Nothing was found.");
    if (chosen.clips !== undefined && results.length > 0) {
      const written = await writeClips(results, chosen.clips, highest, await nodeRuntime(chosen.folder), place);
      // Somebody who asked for clips and has none has not got what was asked for.
      if (written === 0) process.exitCode = 1;
    }
  } finally {
    folder.close();
  }
}

/** Codes are kept in the collection, where it can be written to. */
async function codesIn(path: string, module: WebAssembly.Module) {
  const said = (encoded: number) => printNote(`Codes of ${encoded} windows were made.`);
  const folder = await CollectionFolder.openForWriting(path).catch((thrown: unknown) => {
    if (asOrcaError(thrown).code !== "unwritable") throw thrown;
    return CollectionFolder.open(path);
  });
  try {
    return await folder.codes(module, said);
  } finally {
    folder.close();
  }
}

/** Undefined where every window is meant. Throws `bad_option` for names that the collection does not have. */
export async function filterOf(
  { deployments, recordings, from, to, hours, labelled, unlabelled, minRms, maxRms }: ValuesOf<typeof FILTERS>,
  collection: Collection,
): Promise<WindowFilter | undefined> {
  if (deployments.length > 0) {
    const known = (await collection.deployments()).map(({ name }) => name);
    const unknown = deployments.find((name) => !known.includes(name));
    if (unknown !== undefined) throw notThere("deployment", unknown, known, "deployment");
  }
  const filter: WindowFilter = {
    ...(deployments.length === 0 ? {} : { deployments }),
    ...(recordings.length === 0 ? {} : { recordings }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(hours === undefined ? {} : { hours }),
    ...(labelled.length === 0 ? {} : { labels: labelled }),
    ...(unlabelled ? { unlabelled } : {}),
    ...(minRms === undefined ? {} : { rmsAtLeast: minRms }),
    ...(maxRms === undefined ? {} : { rmsAtMost: maxRms }),
  };
  return Object.keys(filter).length === 0 ? undefined : filter;
}

async function write(text: string, { out, format }: ValuesOf<typeof SEARCH>): Promise<void> {
  if (out !== undefined) {
    const draft = new Draft(out);
    await draft.write(text);
    await draft.keep();
  } else if (format === "ndjson") await printJson(text);
  else printTable(text);
}
