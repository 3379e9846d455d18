/** Labels that people made, joined to windows by time. */
export { LabelTable } from "./label-table.ts";
