import { OrcaError } from "../errors.ts";
import { type Annotation, annotationTrouble, kindOf, type LabelKind } from "./annotation.ts";
import type { LabelTable } from "./label-table.ts";
import { type Labelled, namedRecordings } from "./recordings.ts";

/** A recording that a table's labels may be of. */
export interface TimedRecording extends Labelled {
  /** When it began, milliseconds since 1970, for tables whose times are of the clock. */
  readonly utc?: number | undefined;
  /** Seconds that it is long, where that is known. */
  readonly seconds?: number | undefined;
}

/** What holds for rows that do not say it themselves. */
export interface AnnotationDefaults {
  readonly by: string;
  readonly kind?: LabelKind;
  readonly label?: string;
  readonly when?: string;
}

export interface ReadAnnotations {
  readonly annotations: readonly Annotation[];
  /** Recordings that the table names and that are none of these. */
  readonly strangers: readonly string[];
  /** Rows of the clock that lie in none of the recordings. */
  readonly elsewhere: number;
  /** Rows whose label is empty: nobody has filled it in yet. */
  readonly unlabelled: number;
  /** Rows that begin behind the end of their recording. */
  readonly behind: number;
  /** Whether recordings were known by their name alone, because their folders are called otherwise than in the table. */
  readonly moved: boolean;
}

/** Columns in small letters, as tables in the field call them; the first that is there is taken. */
const COLUMNS = {
  label: [
    "label",
    "annotation",
    "class",
    "species",
    "common name",
    "common_name",
    "call type",
    "call_type",
    "tag",
    "tags",
    "type",
  ],
  kind: ["label_type", "kind"],
  by: ["by", "annotator", "observer", "provenance", "reviewer"],
  when: ["when", "annotated_at", "label_time"],
  note: ["note", "notes", "comment", "comments"],
  low: ["low freq (hz)", "low_hz", "low", "min_freq", "low_freq"],
  high: ["high freq (hz)", "high_hz", "high", "max_freq", "high_freq"],
} as const;

type Field = keyof typeof COLUMNS;

/**
 * A table's rows as annotations of recordings: of Raven, Audacity, BirdNET-Analyzer, hoplite, or any with file, start, end
 * and label. Throws `bad_option` for a row that cannot be kept, a table without labels, and names of several recordings.
 */
export function annotationsIn(
  table: LabelTable,
  name: string,
  recordings: readonly TimedRecording[],
  defaults: AnnotationDefaults,
): ReadAnnotations {
  const cells = cellsOf(table, name, defaults);
  const placed = placing(table, name, recordings);
  const annotations: Annotation[] = [];
  let [elsewhere, unlabelled, behind] = [0, 0, 0];
  for (const { recording: written, label } of table.rows()) {
    for (const recording of placed.of(written, label)) {
      const begin = table.byClock ? (recording.utc ?? 0) / 1000 : 0;
      const annotation = {
        recording: recording.name,
        start: label.start - begin,
        end: label.end - begin,
        ...cells(label.values),
      };
      if (annotation.label.trim() === "") {
        unlabelled++;
        continue;
      }
      const wrong = annotationTrouble(annotation);
      if (wrong !== undefined) throw refused(name, annotation, wrong);
      if (annotation.start >= (recording.seconds ?? Number.POSITIVE_INFINITY)) behind++;
      else annotations.push(annotation);
    }
    if (table.byClock && placed.of(written, label).length === 0) elsewhere++;
  }
  return { annotations, strangers: placed.strangers, elsewhere, unlabelled, behind, moved: placed.moved };
}

/** What a row's columns say beside its place. */
function cellsOf(table: LabelTable, name: string, defaults: AnnotationDefaults) {
  const small = table.columns.map((column) => column.toLowerCase());
  const at = Object.fromEntries(
    Object.entries(COLUMNS).map(([field, names]) => [
      field,
      small.indexOf(names.find((one) => small.includes(one)) ?? ""),
    ]),
  ) as Record<Field, number>;
  if (at.label === -1 && defaults.label === undefined) {
    throw new OrcaError(
      "bad_option",
      `${name} has no column of labels${table.columns.length === 0 ? "" : `, but of ${table.columns.join(", ")}`}.`,
      {
        field: "labels",
        hint: "Call it label, or say which label all of its rows are with --as.",
      },
    );
  }
  return (values: readonly string[]): Omit<Annotation, "recording" | "start" | "end"> => {
    const cell = (field: Field) => values[at[field]] ?? "";
    const kind = cell("kind") === "" ? (defaults.kind ?? "positive") : kindOf(cell("kind"));
    if (kind === undefined) {
      throw new OrcaError("bad_option", `${name}: ${JSON.stringify(cell("kind"))} is no kind of label.`, {
        field: "labels",
        hint: "A label is positive, negative or uncertain.",
      });
    }
    const when = cell("when") || defaults.when;
    const hertz = (field: "low" | "high") => {
      const value = cell(field) === "" ? Number.NaN : Number(cell(field).replace(",", "."));
      return Number.isFinite(value) ? { [field]: value } : {};
    };
    return {
      label: cell("label") || (defaults.label ?? ""),
      kind,
      by: cell("by") || defaults.by,
      ...(when === undefined ? {} : { when }),
      ...(cell("note") === "" ? {} : { note: cell("note") }),
      ...hertz("low"),
      ...hertz("high"),
    };
  };
}

/** Which recordings a row is of. */
function placing(table: LabelTable, name: string, recordings: readonly TimedRecording[]) {
  const within = (label: { readonly start: number; readonly end: number }) => (recording: TimedRecording) => {
    if (!table.byClock) return true;
    if (recording.utc === undefined) return false;
    const begin = recording.utc / 1000;
    return label.start < begin + (recording.seconds ?? Number.POSITIVE_INFINITY) && label.end >= begin;
  };
  if (!table.namesFiles) {
    if (!table.byClock && recordings.length !== 1) {
      throw new OrcaError(
        "bad_option",
        `${name} does not say which of ${recordings.length} recordings its labels are of.`,
        {
          field: "labels",
          hint: 'Name the recording with --recording, or add a column file (in Raven: "Begin Path" or "Begin File").',
        },
      );
    }
    const of = (_: string, label: { readonly start: number; readonly end: number }) => recordings.filter(within(label));
    return { of, strangers: [], moved: false };
  }
  const { of, ambiguous, strangers, moved } = namedRecordings(table.files, recordings);
  const [unclear] = ambiguous;
  if (unclear !== undefined) {
    const [one, other] = unclear.recordings;
    throw new OrcaError(
      "bad_option",
      `${name} has labels of ${unclear.path}, which is the name of ${one} and of ${other}.`,
      {
        field: "labels",
        hint: "Write paths into the table, as far as they tell the recordings apart.",
      },
    );
  }
  const byPath = new Map<string, TimedRecording[]>();
  for (const [at, recording] of recordings.entries())
    for (const path of of[at] ?? []) byPath.set(path, [...(byPath.get(path) ?? []), recording]);
  return {
    of: (path: string, label: { readonly start: number; readonly end: number }) =>
      (byPath.get(path) ?? []).filter(within(label)),
    strangers,
    moved,
  };
}

function refused(
  name: string,
  { recording, start, end }: { recording: string; start: number; end: number },
  why: string,
) {
  return new OrcaError(
    "bad_option",
    `${name}: a label of ${recording}, ${start} to ${end} s, cannot be kept: ${why}.`,
    {
      field: "labels",
    },
  );
}
