/** What results are written as. */
export const FORMATS = ["ndjson", "csv", "npz", "parquet", "raven"] as const;
export type Format = (typeof FORMATS)[number];

/** Raven opens .txt; tables are known by this ending. */
const ENDINGS: Readonly<Partial<Record<Format, string>>> = { raven: "selections.txt" };
const ending = (format: Format) => ENDINGS[format] ?? format;

/** A result's path from the folder of results. @param name  the recording's path from the base */
export function resultName(name: string, model: string, format: Format): string {
  return `${name}.${model}.${ending(format)}`;
}

const RESULT = new RegExp(
  `.[a-z0-9][a-z0-9_-]*(.[0-9][a-z0-9_-]*)*.(${FORMATS.map(ending).join("|").replaceAll(".", ".")})$`,
);

/** Whether a file is called as results are. */
export const isResultName = (name: string) => RESULT.test(name);
