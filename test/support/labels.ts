import { readTable, type TableErrors } from "../../src/delimited.node.ts";
import type { TableRow } from "../../src/delimited.ts";
import { type Labelled, type Labels, LabelTable } from "../../src/labels/index.ts";

export const TABLE_ERRORS: TableErrors = { code: "bad_option", field: "labels" };

/** Bytes in pieces of a size, as a file's stream gives them. */
export async function* inPieces(bytes: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** All rows of a table. */
export async function rowsOf(text: string | Uint8Array, size?: number): Promise<TableRow[]> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const rows: TableRow[] = [];
  for await (const row of (await readTable(inPieces(bytes, size), "table.csv", TABLE_ERRORS)).rows) rows.push(row);
  return rows;
}

/** A table of labels as the command line reads it. */
export async function labelTable(text: string | Uint8Array, name = "labels.csv"): Promise<LabelTable> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const { delimiter, rows } = await readTable(inPieces(bytes), name, TABLE_ERRORS);
  return LabelTable.read(rows, delimiter, name);
}

/** Recordings by their paths, which are their names too. */
export const recordings = (...paths: readonly string[]): Labelled[] => paths.map((path) => ({ name: path, path }));

/** A table's labels for recordings; for one of any name where none is given. */
export async function labels(text: string | Uint8Array, ...paths: readonly string[]): Promise<Labels> {
  return (await labelTable(text)).join(recordings(...(paths.length === 0 ? ["/any.wav"] : paths)));
}
