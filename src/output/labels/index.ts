/** Labels that people made, joined to windows by time. */
export { delimitedRows } from "./delimited.ts";
export { LabelTable } from "./label-table.ts";
