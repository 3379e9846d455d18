import { parse } from "csv-parse/browser/esm/sync";
import { type Delimiter, delimiterOf, type TableRow } from "../../src/delimited.ts";
import { OrcaError } from "../../src/errors.ts";

/**
 * The rows of a table of text, as src/delimited.node.ts reads them from a stream: blank ones are left out. Throws
 * `bad_option` with what csv-parse finds wrong.
 */
export function tableRows(text: string, name: string): { rows: TableRow[]; delimiter: Delimiter } {
  const body = text.replace(/^\uFEFF/, "");
  const delimiter = delimiterOf(/^[^\n\r]*/.exec(body)?.[0] ?? "");
  const tabs = delimiter === "\t";
  try {
    const records = parse(body, {
      delimiter,
      // Tab-separated text has no quotes; spreadsheets that write it put a whole field into them.
      quote: tabs ? null : '"',
      trim: !tabs,
      relax_quotes: true,
      relax_column_count: true,
      record_delimiter: ["\r\n", "\n", "\r"],
      info: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    const rows = records.map(({ record, info }) => ({
      line: info.lines,
      fields: record.map((field) => (tabs ? field.trim().replace(/^"(.*)"$/s, "$1") : field.trim())),
    }));
    return { delimiter, rows: rows.filter(({ fields }) => fields.some((field) => field !== "")) };
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new OrcaError("bad_option", `${name} is no table that can be read: ${what}`, { field: "labels", cause });
  }
}
