/** Labels that people made, joined to windows by time. */
export { type Labels, LabelTable, type Span } from "./label-table.ts";
export type { Labelled } from "./recordings.ts";
