import { projectorLines } from "./lines.ts";

/** Values that a column may have to be a colour by category (vz_projector's limit). */
export const MOST_CATEGORIES = 50;

/** What a column can be a colour by. */
export interface ColumnKind {
  /** Different values, counted up to one more than MOST_CATEGORIES. */
  readonly distinct: number;
  /** Whether every value that is there is a number. */
  readonly numeric: boolean;
}

/** metadata.tsv as the projector reads it. Lines are kept, and cut into cells when they are asked for. */
export class MetadataTable {
  readonly columns: readonly string[];
  readonly #lines: readonly string[];

  constructor(columns: readonly string[], lines: readonly string[]) {
    this.columns = columns;
    this.#lines = lines;
  }

  get count(): number {
    return this.#lines.length;
  }

  /** A row's text, tabs and all. */
  text(row: number): string {
    return this.#lines[row] ?? "";
  }

  /** A row's cells; null is an empty one. */
  cells(row: number): (string | null)[] {
    const cells = this.text(row).split("\t");
    return this.columns.map((_, at) => cells[at] || null);
  }

  /** A column's values. */
  values(column: number): (string | null)[] {
    return this.#lines.map((line) => cellAt(line, column) || null);
  }

  kind(column: number): ColumnKind {
    const seen = new Set<string>();
    let numeric = true;
    for (const line of this.#lines) {
      const value = cellAt(line, column);
      if (value === "") continue;
      if (seen.size <= MOST_CATEGORIES) seen.add(value);
      numeric &&= !Number.isNaN(Number(value));
      if (!numeric && seen.size > MOST_CATEGORIES) break;
    }
    return { distinct: seen.size, numeric };
  }
}

/** White space makes a blank line; a first line without a tab is a row, and the only column is then called `label`. */
export function readMetadata(content: Uint8Array, file: string): MetadataTable {
  const lines = projectorLines(content, file).filter((line) => line.trim() !== "");
  const columns = lines[0]?.split("\t") ?? [];
  return columns.length > 1 ? new MetadataTable(columns, lines.slice(1)) : new MetadataTable(["label"], lines);
}

function cellAt(line: string, column: number): string {
  let from = 0;
  for (let left = column; left > 0; left--) {
    from = line.indexOf("\t", from) + 1;
    if (from === 0) return "";
  }
  const to = line.indexOf("\t", from);
  return line.slice(from, to === -1 ? undefined : to);
}
