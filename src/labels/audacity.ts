import { type Delimiter, numberCell, type TableRow } from "../delimited.ts";

/** What Audacity's label track says, beside the label itself; it says frequencies where a spectrum was selected. */
const TITLES = ["start", "end", "label", "low freq (hz)", "high freq (hz)"] as const;

/** Whether a table's first row is no head but a label of Audacity's: two times and a text, parted by tabs. */
export function isAudacity({ fields }: TableRow, delimiter: Delimiter): boolean {
  const [start, end] = fields.map((field) => numberCell(field, delimiter));
  return delimiter === "\t" && fields.length <= 3 && start !== undefined && end !== undefined;
}

/** A label track with a head, and each label's frequencies, which stand on a line of their own behind it, in its row. */
export async function* audacityRows(rows: AsyncIterable<TableRow>): AsyncGenerator<TableRow> {
  yield { line: 0, fields: TITLES };
  let waiting: TableRow | undefined;
  for await (const row of rows) {
    const [first = "", low = "", high = ""] = row.fields;
    if (first === "\\") {
      // -1 where there is no bound.
      const bounds = [low, high].map((frequency) => (frequency.startsWith("-") ? "" : frequency));
      const [start = "", end = "", label = ""] = waiting?.fields ?? [];
      if (waiting !== undefined) waiting = { line: waiting.line, fields: [start, end, label, ...bounds] };
      continue;
    }
    if (waiting !== undefined) yield waiting;
    waiting = row;
  }
  if (waiting !== undefined) yield waiting;
}
