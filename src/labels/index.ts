/** Labels that people made: what they are, how they hold for windows, and their tables. It knows no runtime. */
export { type Agreement, agreement } from "./agreement.ts";
export {
  type Annotation,
  annotationTrouble,
  checkAnnotation,
  isLabelOf,
  kindNumber,
  kindOf,
  LABEL_KINDS,
  type LabelKind,
  labelPath,
  labelsAbove,
  saysTheSame,
} from "./annotation.ts";
export { type Labels, LabelTable, type Span } from "./label-table.ts";
export { byRecording, OverlapIndex, overlaps, type Stretch } from "./overlap.ts";
export { RAVEN_COLUMNS, ravenRow } from "./raven-table.ts";
export {
  type AnnotationDefaults,
  annotationsIn,
  type ReadAnnotations,
  type TimedRecording,
} from "./read-annotations.ts";
export type { Labelled } from "./recordings.ts";
export {
  ANNOTATION_FORMATS,
  type AnnotationFormat,
  annotationLines,
  csvRow,
  holdsEveryKind,
  type Placed,
} from "./write-annotations.ts";
