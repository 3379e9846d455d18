import { OrcaError } from "../errors.ts";

/** What a label says of its stretch: it is heard there, it is not, or nobody is sure. In the order of hoplite's numbers, less one turn. */
export const LABEL_KINDS = ["negative", "positive", "uncertain"] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];

/** What somebody says about a stretch of a recording. It belongs to the recording, never to a window of a model. */
export interface Annotation {
  /** Path of the recording as its collection writes it: relative to the base, with `/`. */
  readonly recording: string;
  /** Seconds from the recording's start; `end` is not before `start`. */
  readonly start: number;
  readonly end: number;
  /** A name, or a path from the general to the particular: `orca/srkw/j/S01`. */
  readonly label: string;
  readonly kind: LabelKind;
  /** Who or what says so. Two people's labels stand side by side. */
  readonly by: string;
  /** When it was said: ISO 8601, Z. */
  readonly when?: string;
  readonly note?: string;
  /** Hz, where the label is of a band. */
  readonly low?: number;
  readonly high?: number;
}

/** hoplite's numbers of kinds (perch_hoplite/db/datatypes.py, LabelType): 0 negative, 1 positive, 2 uncertain. */
export const kindNumber = (kind: LabelKind): number => LABEL_KINDS.indexOf(kind);

/** The kind of hoplite's number or of a word; undefined for anything else. */
export function kindOf(given: string | number): LabelKind | undefined {
  const text = String(given).trim().toLowerCase();
  return LABEL_KINDS.find((kind, at) => kind === text || String(at) === text);
}

const SEPARATOR = "/";

/** The names of a label's path. */
export const labelPath = (label: string): string[] => label.split(SEPARATOR);

/** Whether a label is `of` or lies below it: `orca/srkw` is an `orca`, `orcas` is none. */
export function isLabelOf(label: string, of: string): boolean {
  return label === of || label.startsWith(of + SEPARATOR);
}

/** A label with all that it lies below, itself last: `orca`, `orca/srkw`. */
export function labelsAbove(label: string): string[] {
  const names = labelPath(label);
  return names.map((_, at) => names.slice(0, at + 1).join(SEPARATOR));
}

/** What of an annotation is no fact that can be kept, in words; undefined where all is right. */
export function annotationTrouble(annotation: Annotation): string | undefined {
  const { start, end, label, by, low, high } = annotation;
  if (!Number.isFinite(start) || !Number.isFinite(end)) return "its times are no numbers";
  if (end < start) return "it ends before it begins";
  if (labelPath(label).some((name) => name.trim() === "")) return "its label is empty, or has an empty part";
  if (by.trim() === "") return "it does not say who made it";
  if (low !== undefined && high !== undefined && high < low) return "its band ends below its beginning";
  return undefined;
}

/** Throws `bad_option` for an annotation that cannot be kept. */
export function checkAnnotation(annotation: Annotation): void {
  const wrong = annotationTrouble(annotation);
  if (wrong === undefined) return;
  const { recording, start, end, label } = annotation;
  throw new OrcaError(
    "bad_option",
    `The label ${JSON.stringify(label)} of ${recording}, ${start} to ${end} s: ${wrong}.`,
    {
      field: "labels",
    },
  );
}

/** Whether two annotations say the same of the same, whoever says it and when. */
export function saysTheSame(a: Annotation, b: Annotation): boolean {
  return (
    a.recording === b.recording &&
    Math.abs(a.start - b.start) < SAME_TIME &&
    Math.abs(a.end - b.end) < SAME_TIME &&
    a.label === b.label &&
    a.kind === b.kind
  );
}

/** Seconds: as hoplite compares offsets (approx_float_list). */
const SAME_TIME = 1e-6;
