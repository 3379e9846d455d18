import { basename, join } from "node:path";
import { Command } from "commander";
import { CollectionFolder, collectionPaths } from "../../collection/folder.node.ts";
import { type AnnotationFilter, highestHeard, type StoredAnnotation } from "../../collection/index.ts";
import { counted } from "../../counted.ts";
import { readTable } from "../../delimited.node.ts";
import { OrcaError } from "../../errors.ts";
import { annotationLines, annotationsIn, holdsEveryKind, LabelTable, type TimedRecording } from "../../labels/index.ts";
import type { ValuesOf } from "../../options/index.ts";
import { Draft } from "../draft.ts";
import { withOptions } from "../options.ts";
import { printable, printLine, printLines, printNote, printTable } from "../print.ts";
import { readableFile } from "../readable-file.ts";
import { table } from "../table.ts";
import { agreementLines } from "./agreement-lines.ts";
import { LABEL } from "./options.ts";

type Chosen = ValuesOf<typeof LABEL>;

export function labelCommand(): Command {
  const command = new Command("label")
    .description("Labels of a collection's recordings: takes tables in, writes them, counts them, compares people.")
    .argument("<collection>", "a folder that orca-embed collect, or perch-hoplite, wrote");
  return withOptions(command, LABEL, (given: string, read) => label(given, read()));
}

async function label(given: string, chosen: Chosen): Promise<void> {
  const asked = [chosen.take, chosen.give, chosen.remove || undefined].filter((one) => one !== undefined);
  if (asked.length > 1) throw new OrcaError("bad_option", "--import, --export and --remove are done one at a time.");
  // A label belongs to a recording, whichever model's windows it has.
  const paths = await collectionPaths(given, chosen.model);
  if (chosen.take !== undefined)
    for (const path of paths) await within(path, true, (folder) => takeTable(folder, chosen));
  else if (chosen.remove) for (const path of paths) await within(path, true, (folder) => removeLabels(folder, chosen));
  else {
    const path = paths[0] as string;
    if (chosen.give !== undefined) await within(path, false, (folder) => giveTable(folder, chosen));
    else if (chosen.people.length > 0)
      await within(path, false, async ({ collection }) =>
        printLines(await agreementLines(collection, chosen.people, chosen.labels)),
      );
    else await within(path, false, countLabels);
  }
}

async function within(path: string, write: boolean, work: (folder: CollectionFolder) => Promise<void>): Promise<void> {
  const folder = write ? await CollectionFolder.openForWriting(path) : await CollectionFolder.open(path);
  try {
    await work(folder);
  } finally {
    folder.close();
  }
}

async function takeTable(folder: CollectionFolder, chosen: Chosen): Promise<void> {
  const { take: path = "", by, kind, as, recording } = chosen;
  const name = basename(path);
  await readableFile(path).catch(({ message }: OrcaError) => {
    throw new OrcaError("bad_option", `--import ${path} cannot be read: ${message}`, { field: "import" });
  });
  const recordings = await recordingsOf(folder, recording);
  const { delimiter, rows } = await readTable(path, name, { code: "bad_option", field: "import" });
  const table = await LabelTable.read(rows, delimiter, name);
  const read = annotationsIn(table, name, recordings, {
    by: by ?? name.replace(/\.[^.]*$/, ""),
    kind,
    when: new Date().toISOString(),
    ...(as === undefined ? {} : { label: as }),
  });
  const { added, known } = await folder.collection.annotate(read.annotations);
  printLine(`${folder.path}: ${counted(added, "label")} added${known > 0 ? `, ${known} were there already` : ""}.`);
  if (read.moved)
    printNote(`Folders in ${name} are called otherwise than the recordings': these were known by their names.`);
  if (read.strangers.length > 0) {
    const some = read.strangers.slice(0, 3).join(", ");
    printNote(
      `${name} has labels of ${counted(read.strangers.length, "other recording")}, which were not used (${some}).`,
    );
  }
  if (read.unlabelled > 0) printNote(`${counted(read.unlabelled, "row")} without a label left out.`);
  if (read.behind > 0)
    printNote(`${counted(read.behind, "label")} of ${name} left out: behind the end of the recording.`);
  if (read.elsewhere > 0)
    printNote(`${counted(read.elsewhere, "label")} of ${name} lie at times of no recording, and were not used.`);
}

async function recordingsOf(
  { collection, path }: CollectionFolder,
  only: string | undefined,
): Promise<TimedRecording[]> {
  const recordings: TimedRecording[] = [];
  for await (const { name, utc, seconds } of collection.recordings())
    if (only === undefined || name === only) recordings.push({ name, path: `/${name}`, utc, seconds });
  if (only !== undefined && recordings.length === 0)
    throw new OrcaError("bad_option", `${path} has no recording ${only}.`, { field: "recording" });
  return recordings;
}

async function giveTable(folder: CollectionFolder, chosen: Chosen): Promise<void> {
  const { give = "", format } = chosen;
  const sources = folder.audioSources();
  const highest = highestHeard(folder.collection.model);
  const place = (recording: string) => ({ path: join(sources.at(-1)?.base ?? "", recording), highest });
  const all = await annotationsOf(folder, chosen);
  const annotations = holdsEveryKind(format) ? all : all.filter(({ kind }) => kind === "positive");
  if (format === "audacity" && new Set(annotations.map(({ recording }) => recording)).size > 1) {
    throw new OrcaError("bad_option", "A label track of Audacity's is of one recording.", {
      field: "recording",
      hint: "Name it with --recording.",
    });
  }
  if (annotations.length < all.length)
    printNote(
      `${counted(all.length - annotations.length, "label")} left out: ${format} has no place for what is negative or uncertain.`,
    );
  const lines = annotationLines(annotations, format, place);
  if (give === "-") {
    for (const line of lines) printTable(line);
    return;
  }
  const draft = new Draft(give);
  for (const line of lines) await draft.write(line);
  await draft.keep();
  printLine(`${give}: ${counted(annotations.length, "label")}`);
}

async function removeLabels(folder: CollectionFolder, chosen: Chosen): Promise<void> {
  if (chosen.by === undefined && chosen.labels.length === 0 && chosen.recording === undefined)
    throw new OrcaError("bad_option", "--remove needs to be told which labels.", {
      hint: "Name them with --by, --labels or --recording.",
    });
  const annotations = await annotationsOf(folder, chosen);
  await folder.collection.removeAnnotations(annotations.map(({ id }) => id));
  printLine(`${folder.path}: ${counted(annotations.length, "label")} removed.`);
}

async function annotationsOf(
  { collection }: CollectionFolder,
  { recording, labels, by }: Chosen,
): Promise<StoredAnnotation[]> {
  const filter: AnnotationFilter = {
    ...(recording === undefined ? {} : { recording }),
    ...(labels.length === 0 ? {} : { labels }),
    ...(by === undefined ? {} : { by }),
  };
  const annotations: StoredAnnotation[] = [];
  for await (const annotation of collection.annotations(filter)) annotations.push(annotation);
  return annotations.sort(
    (a, b) => (a.recording < b.recording ? -1 : a.recording > b.recording ? 1 : 0) || a.start - b.start || a.id - b.id,
  );
}

/** How many there are of each label and kind, and by whom. */
async function countLabels({ path, collection }: CollectionFolder): Promise<void> {
  const counts = new Map<string, number>();
  for await (const { label, kind, by } of collection.annotations()) {
    const key = [label, kind, by].join("\t");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const { recordings, windows, annotations } = await collection.counts();
  printLine(
    `${path}: ${counted(recordings, "recording")}, ${counted(windows, "window")}, ${counted(annotations, "label")}`,
  );
  if (counts.size === 0) return;
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const cells = rows.map(([key, count]) => [String(count), ...key.split("\t").map(printable)]);
  printLines(table(["labels", "label", "kind", "by"], cells));
}
