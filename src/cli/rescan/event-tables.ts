import type { Sink } from "../../options/index.ts";
import { csvDetections, type Detection, ndjsonDetections } from "../../output/index.ts";

/** What events of stored embeddings are written as: tables that grow row by row, and that can be put end to end. */
export const TABLE_NAMES = ["csv", "ndjson"] as const;
export type TableName = (typeof TABLE_NAMES)[number];

export const isTable = (sink: Sink): sink is TableName => (TABLE_NAMES as readonly string[]).includes(sink);

/** What a table begins with, and the row of an event. */
export const TABLES: Readonly<Record<TableName, { readonly head: string; row(event: Detection): string }>> = {
  csv: { head: [...csvDetections([])].join(""), row: (event) => [...csvDetections([event])].slice(1).join("") },
  ndjson: { head: "", row: (event) => [...ndjsonDetections([event])].join("") },
};
