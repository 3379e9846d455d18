import { basename, join } from "node:path";
import { Command } from "commander";
import { CollectionFolder, collectionPath } from "../../collection/folder.node.ts";
import { type Collection, highestHeard } from "../../collection/index.ts";
import { counted } from "../../counted.ts";
import { OrcaError } from "../../errors.ts";
import type { LoadedHead, RunningOptions } from "../../heads/index.ts";
import { makeFolder } from "../../make-folder.node.ts";
import type { ValuesOf } from "../../options/index.ts";
import type { DetectionFormat } from "../../output/index.ts";
import { kernelsModule } from "../../runtime.node.ts";
import { notThere } from "../not-there.ts";
import { withOptions } from "../options.ts";
import { printLine, printNote } from "../print.ts";
import { loadHead } from "./chosen.ts";
import { type DetectionFiles, writeDetections } from "./detection-files.ts";
import { detectionsIn } from "./detections.ts";
import { modelOf } from "./judge.ts";
import { DETECT } from "./options.ts";

export function detectCommand(): Command {
  const command = new Command("detect")
    .description(
      "Runs heads over a collection, without its audio: events as tables, JSON, clips and a page to listen through.",
    )
    .argument("<collection>", "a folder that orca-embed collect, or perch-hoplite, wrote");
  return withOptions(command, DETECT, (given: string, read) => detectAll(given, read()));
}

async function detectAll(given: string, chosen: ValuesOf<typeof DETECT>): Promise<void> {
  const { head: files = [] } = chosen;
  if (files.length === 0)
    throw new OrcaError("bad_option", "--head names no head.", { field: "head", hint: "orca-embed train makes one." });
  const heads = await Promise.all(files.map(loadHead));
  const path = await collectionPath(given, chosen.model ?? modelOf(heads));
  await detectIn(path, heads, { ...chosen, collection: basename(given) });
}

/** How heads run over a collection, and where what they find goes. */
interface Detecting extends RunningOptions, Pick<DetectionFiles, "out" | "clips" | "collection"> {
  readonly format: readonly DetectionFormat[];
  /** Only in these; in all where it is left out. */
  readonly recordings?: readonly string[];
  /** Where the recordings lie; where they were collected from, where it is left out. */
  readonly audio?: string | undefined;
}

/** Throws `bad_option` for a recording that the collection does not have. */
async function knownRecordings(collection: Collection, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const known = new Set<string>();
  for await (const { name } of collection.recordings()) known.add(name);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw notThere("recording", unknown, [...known], "recordings");
}

/** @param path  of one model's collection */
export async function detectIn(path: string, heads: readonly LoadedHead[], chosen: Detecting): Promise<void> {
  const { out } = chosen;
  const folder = await CollectionFolder.open(path);
  try {
    await knownRecordings(folder.collection, chosen.recordings ?? []);
    const base = chosen.audio ?? folder.audioSources().at(-1)?.base ?? "";
    const copy = await folder.completeCopy();
    if (copy !== undefined && "none" in copy)
      printNote(`Windows are read from the database, more slowly than from a copy of them: ${copy.none}.`);
    const began = performance.now();
    const { detections, windows } = await detectionsIn(
      folder,
      await kernelsModule(),
      heads,
      chosen,
      chosen.recordings,
      (name) => join(base, name),
    );
    const took = (performance.now() - began) / 1000;
    printNote(`${counted(windows, "window")} in ${took.toFixed(2)} s.`);
    await makeFolder(out);
    const clips = await writeDetections(detections, {
      out,
      formats: chosen.format,
      clips: chosen.clips,
      collection: chosen.collection,
      heads: heads.map(({ head }) => head.id).join(", "),
      highest: highestHeard(folder.collection.model),
    });
    // Somebody who asked for clips and has none has not got what was asked for.
    if (chosen.clips && detections.length > 0 && clips === 0) process.exitCode = 1;
    const counts = Map.groupBy(detections, (one) => `${one.class} (${one.head})`);
    for (const [name, list] of [...counts].sort()) printLine(`${name}: ${counted(list.length, "event")}`);
    const recordings = new Set(detections.map(({ recording }) => recording)).size;
    printLine(`${out}: ${counted(detections.length, "event")} in ${counted(recordings, "recording")}`);
  } finally {
    folder.close();
  }
}
