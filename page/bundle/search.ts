import type { Table } from "./columns.ts";

export interface Query {
  readonly text: string;
  /** A column, or -1 for any. */
  readonly column: number;
}

/** Which rows a query finds: 1 for those that it does. Undefined where it asks for nothing. */
export function search(metadata: Table, { text, column }: Query): Uint8Array | undefined {
  const wanted = text.trim();
  if (wanted === "") return undefined;
  const found = new Uint8Array(metadata.count);
  const within = column < 0 ? undefined : rangeOf(wanted);
  const low = wanted.toLowerCase();
  if (column < 0) {
    for (let row = 0; row < found.length; row++) if (metadata.text(row).toLowerCase().includes(low)) found[row] = 1;
    return found;
  }
  for (const [row, value] of metadata.values(column).entries()) {
    if (value === null) continue;
    if (within === undefined ? value.toLowerCase().includes(low) : within(Number(value))) found[row] = 1;
  }
  return found;
}

/** `> 0.5`, `<= 3`, `= 2`, `1..4` as a test of a number. */
function rangeOf(text: string): ((value: number) => boolean) | undefined {
  const [, sign, bound] = /^(<=|>=|<|>|=)\s*(\S+)$/.exec(text) ?? [];
  const limit = Number(bound);
  if (sign !== undefined && !Number.isNaN(limit)) {
    const tests: Readonly<Record<string, (value: number) => boolean>> = {
      "<": (value) => value < limit,
      "<=": (value) => value <= limit,
      ">": (value) => value > limit,
      ">=": (value) => value >= limit,
      "=": (value) => value === limit,
    };
    return tests[sign];
  }
  const [, from, to] = /^(\S+?)\.\.(\S+)$/.exec(text) ?? [];
  const [low, high] = [Number(from), Number(to)];
  return from === undefined || Number.isNaN(low + high) ? undefined : (value) => value >= low && value <= high;
}
