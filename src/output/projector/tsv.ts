/**
 * The projector's tables: lines end with a line feed (a file whose end has none is never read to its end), cells with a
 * tab, and there is no quoting. It skips lines that hold only white space, which would shift every later row against the
 * tensors and the sprite; and it takes a first line without a tab for a row, not for a header.
 */

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\ufeff": "\\ufeff",
};

/** Stands for a row without any value. */
const NOTHING = "-";

/** A value that stays in its cell: tab, line feed, return and backslash as in C, and the byte order
 * mark, which a decoder drops at the start of a file. White space alone is no value. */
export function cell(value: string): string {
  return value.trim() === "" ? "" : value.replaceAll(/[\\\t\n\r\ufeff]/g, (character) => ESCAPES[character] as string);
}

/** One row with its line feed; never a blank line. */
export function row(values: readonly string[]): string {
  const cells: string[] = values.map(cell);
  if (!cells.some((text) => text !== "")) cells[0] = NOTHING;
  return `${cells.join("\t")}\n`;
}

/** The header's row, or nothing where there is one column: the projector would take its name for a value. */
export function headerRow(names: readonly string[]): string {
  return names.length === 1 ? "" : row(names);
}
