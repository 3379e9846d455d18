import { asOrcaError } from "../../src/errors.ts";
import {
  type Annotation,
  type AnnotationFormat,
  annotationLines,
  annotationsIn,
  LabelTable,
} from "../../src/labels/index.ts";
import { type Recording, secondsOf } from "../session/recording.ts";
import type { View } from "../session/view.ts";
import { troubleOf } from "../teller.ts";
import { tableRows } from "./table-rows.ts";

const ENDINGS: Readonly<Record<AnnotationFormat, string>> = {
  csv: "labels.csv",
  raven: "labels.selections.txt",
  audacity: "labels.audacity.txt",
  birdnet: "labels.birdnet.csv",
  hoplite: "hoplite_annotations.csv",
};

/** The tables by their names. */
export const FORMAT_NAMES: Readonly<Record<AnnotationFormat, string>> = {
  csv: "CSV",
  raven: "Raven selection table",
  audacity: "Audacity label track",
  birdnet: "BirdNET table",
  hoplite: "hoplite annotations",
};

/** Formats that have no place for what is not positive. */
const POSITIVE_ONLY: readonly AnnotationFormat[] = ["audacity", "birdnet"];

/** A table of labels to take away, by the files' names; and how many labels it has no place for. */
export function exportLabels(
  annotations: readonly Annotation[],
  recordings: ReadonlyMap<string, Recording>,
  format: AnnotationFormat,
): { blob: Blob; name: string; left: number } {
  const named = annotations.map((annotation) => ({
    ...annotation,
    recording: recordings.get(annotation.recording)?.name ?? annotation.recording,
  }));
  const left = POSITIVE_ONLY.includes(format) ? named.filter(({ kind }) => kind !== "positive").length : 0;
  const blob = new Blob([...annotationLines(named, format)], { type: "text/plain;charset=utf-8" });
  return { blob, name: ENDINGS[format], left };
}

/** Takes a table's labels for the recordings that are here; what is wrong with it is said. */
export async function importLabels(view: View, file: File): Promise<void> {
  const { session, labels } = view;
  const { by } = view.naming;
  try {
    const { rows, delimiter } = tableRows(await file.text(), file.name);
    const table = await LabelTable.read(oneByOne(rows), delimiter, file.name);
    // A track that names no file is of the one that is open.
    const of = table.namesFiles || table.byClock || session.shown === undefined ? session.recordings : [session.shown];
    const ids = new Map(of.map(({ name, id }) => [name, id]));
    const timed = of.map((recording) => ({
      name: recording.name,
      path: recording.name,
      utc: recording.start?.getTime(),
      seconds: secondsOf(recording) || undefined,
    }));
    const { annotations, strangers } = annotationsIn(table, file.name, timed, { by });
    const count = labels.add(annotations.map((one) => ({ ...one, recording: ids.get(one.recording) as string })));
    const names = [...new Set(annotations.map(({ label }) => label))].filter(
      (name) => !view.naming.names.includes(name),
    );
    if (names.length > 0) view.naming.set([...view.naming.names, ...names]);
    const others =
      strangers.length === 0
        ? ""
        : ` ${strangers.length} files of the table are not here: ${strangers.slice(0, 3).join(", ")}.`;
    session.say(`${count} labels of ${file.name} were taken.${others}`);
  } catch (thrown) {
    session.fail(file.name, { ...troubleOf(asOrcaError(thrown)), title: "The table cannot be read" });
  }
}

async function* oneByOne<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}
