import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { Command } from "commander";
import { collectionPaths, DATABASE } from "../../collection/folder.node.ts";
import type { Placing } from "../../collection/index.ts";
import { counted } from "../../counted.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import type { ValuesOf } from "../../options/index.ts";
import { openResultsFolder } from "../extract/results-folder.ts";
import { withOptions } from "../options.ts";
import { printError, printLine } from "../print.ts";
import { importFolder } from "./import-folder.ts";
import { Imported } from "./imported.ts";
import { IMPORT } from "./options.ts";
import { isImported, partsOf } from "./sources.ts";

export function importCommand(): Command {
  const command = new Command("import")
    .description("Embeddings that are there already, into a collection: NDJSON, npz, Parquet, and hoplite folders.")
    .argument(
      "<files...>",
      "files, and folders of them; folders that perch-hoplite, BirdNET-Analyzer or opensoundscape wrote",
    );
  return withOptions(command, IMPORT, async (given: readonly string[], read) => {
    if ((await importAll(given, read())) > 0) process.exitCode = 1;
  });
}

/** Returns how many files could not be taken. */
async function importAll(given: readonly string[], chosen: ValuesOf<typeof IMPORT>): Promise<number> {
  const { into, deployment, model, index } = chosen;
  const found = await filesIn(given);
  const base = resolve(chosen.base ?? sharedFolder(found.files));
  const placing: Placing = {
    project: chosen.project ?? basename(resolve(into)),
    deployment,
    base: resolve(chosen.audio ?? base),
  };
  const state = await openResultsFolder(into);
  const imported = new Imported(into, placing);
  let failed = 0;
  try {
    for (const path of found.folders) await importFolder(path, imported);
    for (const path of found.files) {
      const name = relative(base, resolve(path)).split(sep).join("/");
      try {
        await imported.takeFile(partsOf(path, model), recordingName(name));
      } catch (thrown) {
        const error = asOrcaError(thrown);
        if (error.code === "unwritable" || error.code === "busy") throw thrown;
        failed++;
        printError(error, path);
      }
    }
    for (const line of await imported.finish(index)) printLine(line);
    if (failed > 0) printLine(`${counted(failed, "file")} could not be taken.`);
  } finally {
    imported.close();
    await state.close();
  }
  return failed;
}

/** `haro/a.wav` of `haro/a.wav.yamnet.parquet`. */
const recordingName = (result: string) =>
  result.replace(/\.[a-z0-9][a-z0-9_-]*(?:\.[0-9][a-z0-9_-]*)*\.(?:ndjson|npz|parquet)$/, "");

async function filesIn(given: readonly string[]): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  for (const path of given) {
    const there = await stat(path).catch(() => undefined);
    if (there === undefined) throw new OrcaError("bad_option", `There is no ${path}.`);
    if (there.isFile()) files.push(path);
    else if (await holdsDatabase(path)) folders.push(...(await collectionPaths(path)));
    else {
      const names = await readdir(path, { recursive: true });
      files.push(
        ...names
          .filter((name) => isImported(name) && !isHidden(name))
          .sort()
          .map((name) => join(path, name)),
      );
    }
  }
  if (files.length + folders.length === 0)
    throw new OrcaError("bad_option", `${given.join(", ")} holds nothing to import.`, {
      hint: "Give files that end with .ndjson, .npz or .parquet, or a folder with hoplite.sqlite.",
    });
  return { files, folders };
}

/** What a program keeps for itself, as a run's manifest, is no result. */
const isHidden = (path: string) => path.split(sep).some((name) => name.startsWith("."));

async function holdsDatabase(path: string): Promise<boolean> {
  if (existsSync(join(path, DATABASE))) return true;
  return (await readdir(path)).some((name) => existsSync(join(path, name, DATABASE)));
}

/** The deepest folder that holds all of them. */
function sharedFolder(files: readonly string[]): string {
  const [first = ".", ...rest] = files.map((file) => dirname(resolve(file)));
  let shared = first;
  while (rest.some((folder) => folder !== shared && !folder.startsWith(shared.endsWith(sep) ? shared : shared + sep)))
    shared = dirname(shared);
  return shared;
}
