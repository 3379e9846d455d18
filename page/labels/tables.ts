import { asOrcaError } from "../../src/errors.ts";
import {
  type Annotation,
  type AnnotationFormat,
  annotationLines,
  annotationsIn,
  holdsEveryKind,
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
  const left = holdsEveryKind(format) ? 0 : named.filter(({ kind }) => kind !== "positive").length;
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
    const { annotations, strangers, unlabelled, behind } = annotationsIn(table, file.name, timed, { by });
    const count = labels.add(annotations.map((one) => ({ ...one, recording: ids.get(one.recording) as string })));
    const names = [...new Set(annotations.map(({ label }) => label))].filter(
      (name) => !view.naming.names.includes(name),
    );
    if (names.length > 0) view.naming.set([...view.naming.names, ...names]);
    const others =
      strangers.length === 0
        ? ""
        : ` ${strangers.length} files of the table are not here: ${strangers.slice(0, 3).join(", ")}.`;
    const left = [
      unlabelled === 0 ? "" : ` ${unlabelled} rows without a label were left out.`,
      behind === 0 ? "" : ` ${behind} labels behind the end of their recording were left out.`,
    ].join("");
    session.say(`${count} labels of ${file.name} were taken.${others}${left}`);
  } catch (thrown) {
    session.fail(file.name, { ...troubleOf(asOrcaError(thrown)), title: "The table cannot be read" });
  }
}

async function* oneByOne<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}
