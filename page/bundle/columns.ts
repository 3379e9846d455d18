/** Columns of metadata as colours. */
import { type ColumnKind, MOST_CATEGORIES } from "../../src/output/projector-reader/index.ts";
import { categoryColour, OTHER, pixelOf, viridisPixel } from "../views/colours.ts";
import type { Colours } from "../views/legend.ts";

/** Rows of cells, of one order with the points. */
export interface Table {
  readonly columns: readonly string[];
  readonly count: number;
  /** A row's text, in which is searched. */
  text(row: number): string;
  /** A row's cells; null is an empty one. */
  cells(row: number): readonly (string | null)[];
  /** A column's values. */
  values(column: number): readonly (string | null)[];
  kind(column: number): ColumnKind;
}

/** How a column colours: by category, along a scale of numbers, or of times of day. */
export interface Coloured {
  readonly column: number;
  readonly name: string;
  readonly kind: "category" | "number" | "time";
}

/** The columns that can be colours, by the projector's rules; times in ISO 8601 besides. @param without  columns that are not asked */
export function colourings(metadata: Table, without: readonly string[]): Coloured[] {
  return metadata.columns.flatMap((name, column): Coloured[] => {
    if (without.includes(name)) return [];
    const { distinct, numeric } = metadata.kind(column);
    if (distinct < 2) return [];
    if (numeric && distinct > 8) return [{ column, name, kind: "number" }];
    if (distinct <= MOST_CATEGORIES) return [{ column, name, kind: "category" }];
    if (numeric) return [{ column, name, kind: "number" }];
    const first = metadata.values(column).find((value) => value !== null);
    return first !== undefined && first !== null && isTime(first) ? [{ column, name, kind: "time" }] : [];
  });
}

export function columnColours(metadata: Table, { column, kind }: Coloured, points: number): Colours {
  const values = metadata.values(column);
  return kind === "category" ? byCategory(values, points) : byNumber(values, kind, points);
}

function byCategory(values: readonly (string | null)[], points: number): Colours {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  const names = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count], at) => ({ name, count, colour: categoryColour(at) }));
  const pixels = new Map(names.map(({ name, colour }) => [name, pixelOf(colour)]));
  const colour = new Uint32Array(points).fill(pixelOf(OTHER));
  for (let at = 0; at < points; at++) colour[at] = pixels.get(values[at] ?? "") ?? pixelOf(OTHER);
  return { colour, legend: { kind: "names", names } };
}

/** The outermost hundredths share the colours at the ends, so that one stray value does not take them all. */
function byNumber(values: readonly (string | null)[], kind: "number" | "time", points: number): Colours {
  const numbers = Float64Array.from(values, (value) =>
    value === null ? Number.NaN : kind === "time" ? Date.parse(value) : Number(value),
  );
  const sorted = numbers.filter(Number.isFinite).sort();
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
  const [least, low, high, most] = [at(0), at(0.01), at(0.99), at(1)];
  const colour = Uint32Array.from({ length: points }, (_, point) => {
    const value = numbers[point] ?? Number.NaN;
    return Number.isFinite(value) ? viridisPixel((value - low) / (high - low || 1)) : pixelOf(OTHER);
  });
  const write =
    kind === "time" ? (value: number) => `${new Date(value).toISOString().slice(0, 19).replace("T", " ")} UTC` : short;
  return {
    colour,
    legend: {
      kind: "scale",
      low: `${write(low)}${least < low ? " or less" : ""}`,
      high: `${write(high)}${most > high ? " or more" : ""}`,
    },
  };
}

const short = (value: number) => String(Number(value.toPrecision(4)));

const isTime = (value: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) && !Number.isNaN(Date.parse(value));
