/** Tables of text: what rows are, whoever reads them. */

/** A row of a table. */
export interface TableRow {
  /** The line that it begins on, from 1. */
  readonly line: number;
  /** Without the white space around them. */
  readonly fields: readonly string[];
}

/** What parts the fields of a table. */
export type Delimiter = "," | ";" | "\t";

/** The delimiter by a table's first line: a tab where it has one, else what it has more of outside quotes. */
export function delimiterOf(line: string): Delimiter {
  if (line.includes("\t")) return "\t";
  const plain = line.replaceAll(/"[^"]*"/g, "");
  const count = (character: string) => plain.split(character).length;
  return count(";") > count(",") ? ";" : ",";
}

/** A number as tables hold it, with a point, or a comma where commas part no fields; undefined for anything else. */
export function numberCell(text: string, delimiter: Delimiter): number | undefined {
  const pointed = delimiter === "," ? text : text.replace(",", ".");
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?$/i.test(pointed) ? Number(pointed) : undefined;
}
