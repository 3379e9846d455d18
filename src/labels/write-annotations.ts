import type { Annotation } from "./annotation.ts";
import { RAVEN_COLUMNS, ravenRow } from "./raven-table.ts";

/** Tables of labels that are written. */
export const ANNOTATION_FORMATS = ["csv", "raven", "audacity", "birdnet", "hoplite"] as const;
export type AnnotationFormat = (typeof ANNOTATION_FORMATS)[number];

/** Whether a format has a place for what was found not to be there, and for what nobody is sure of. */
export const holdsEveryKind = (format: AnnotationFormat) => format !== "audacity" && format !== "birdnet";

/** An annotation, or a row whose label and kind are to be filled in. */
export type Row = Omit<Annotation, "kind"> & { readonly kind: Annotation["kind"] | "" };

/** What a table says of a recording beside its name. */
export interface Placed {
  /** Where it lies, whole: Raven finds it by that. */
  readonly path: string;
  /** What the model hears up to, Hz: Raven's box of an annotation without a band of its own reaches from 0 to it. */
  readonly highest?: number | undefined;
}

/**
 * A table of annotations, line by line. Raven, BirdNET-Analyzer and Audacity have no place for what was found not to be
 * there: Raven gets a column for it, the other two are given positive labels only.
 * @param place  where a recording lies, by its name
 */
export function* annotationLines(
  annotations: Iterable<Row>,
  format: AnnotationFormat,
  place: (recording: string) => Placed = (recording) => ({ path: recording }),
): Generator<string> {
  yield* WRITERS[format](annotations, place);
}

type Writer = (annotations: Iterable<Row>, place: (recording: string) => Placed) => Generator<string>;

const WRITERS: Readonly<Record<AnnotationFormat, Writer>> = {
  *csv(annotations) {
    yield csvRow(["file", "start", "end", "label", "kind", "by", "when", "note", "low_hz", "high_hz"]);
    for (const { recording, start, end, label, kind, by, when = "", note = "", low = "", high = "" } of annotations)
      yield csvRow([recording, seconds(start), seconds(end), label, kind, by, when, note, low, high]);
  },
  *hoplite(annotations) {
    // perch_hoplite/agile/metadata.py: hoplite_annotations.csv.
    yield csvRow(["recording", "start_offset_s", "end_offset_s", "label", "label_type"]);
    for (const { recording, start, end, label, kind } of annotations)
      yield csvRow([recording, seconds(start), seconds(end), label, kind]);
  },
  *birdnet(annotations, place) {
    yield csvRow(["Start (s)", "End (s)", "Scientific name", "Common name", "Confidence", "File"]);
    for (const { recording, start, end, label, kind } of annotations)
      if (kind === "positive")
        yield csvRow([seconds(start), seconds(end), label, label, "1.0000", place(recording).path]);
  },
  *raven(annotations, place) {
    yield ravenRow([...RAVEN_COLUMNS, "Label", "Kind", "By", "When", "Note"]);
    let selection = 0;
    for (const { recording, start, end, label, kind, by, when = "", note = "", low = 0, high } of annotations) {
      const { path, highest = "" } = place(recording);
      const times = [seconds(start), seconds(end)];
      const name = path.slice(path.search(/[^/\\]*$/));
      const first = [++selection, "Spectrogram 1", 1, ...times, low, high ?? highest, name, path, seconds(start)];
      yield ravenRow([...first, label, kind, by, when, note]);
    }
  },
  *audacity(annotations) {
    for (const { start, end, label, kind, low, high } of annotations) {
      if (kind !== "positive") continue;
      yield ravenRow([seconds(start), seconds(end), label]);
      // Audacity's manual, "Importing and Exporting Labels": the second line of a label with frequencies.
      if (low !== undefined || high !== undefined) yield ravenRow(["\\", low ?? -1, high ?? -1]);
    }
  },
};

/** Microseconds are beyond any recording's rate that is read. */
const seconds = (value: number) => Math.round(value * 1e6) / 1e6;

/** RFC 4180, with LF. */
export const csvRow = (cells: readonly (string | number)[]) =>
  `${cells.map((cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell)).join(",")}\n`;
