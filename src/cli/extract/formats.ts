import { FORMATS, type Format } from "../../options/index.ts";

/** Raven opens .txt; tables are known by this ending. */
const ENDINGS: Readonly<Partial<Record<Format, string>>> = { raven: "selections.txt" };
const ending = (format: Format) => ENDINGS[format] ?? format;

/** A result's path from the folder of results. @param name  the recording's path from the base */
export function resultName(name: string, model: string, format: Format): string {
  return `${name}.${model}.${ending(format)}`;
}

/** A model's id, whose points stand before digits where it has any, and an ending. */
const RESULT = new RegExp(
  `\\.[a-z0-9][a-z0-9_-]*(\\.[0-9][a-z0-9_-]*)*\\.(${FORMATS.map(ending).join("|").replaceAll(".", "\\.")})$`,
);

/** Whether a file is called as results are. */
export const isResultName = (name: string) => RESULT.test(name);
