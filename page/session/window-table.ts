import type { Annotation } from "../../src/labels/index.ts";
import type { ColumnKind } from "../../src/output/projector-reader/index.ts";
import { MetadataTable } from "../../src/output/projector-reader/index.ts";
import { clock } from "../audio/times.ts";
import type { Table } from "../bundle/columns.ts";
import { labelName } from "../views/label-name.ts";
import type { PointSet } from "./point-set.ts";
import type { Point, Points } from "./points.ts";

/** What is known of a window by itself. */
const OWN = ["recording", "window", "start", "end", "utc", "rms", "top class", "score", "labels"] as const;

interface Around {
  className(at: number): string;
  readonly labels: { readonly version: number };
  labelsAt(point: Point): readonly Annotation[];
}

/** All windows of a model as rows, with what collections and bundles say of theirs besides. */
export class WindowTable implements Table {
  readonly columns: readonly string[];
  readonly count: number;
  readonly #points: Points;
  readonly #around: Around;
  /** Columns of our own that hold something. */
  readonly #own: readonly (typeof OWN)[number][];
  readonly #further: readonly string[];
  readonly #values = new Map<number, { readonly labels: number; readonly values: readonly (string | null)[] }>();
  readonly #kinds = new Map<readonly (string | null)[], ColumnKind>();

  constructor(points: Points, around: Around) {
    this.#points = points;
    this.#around = around;
    this.count = points.count;
    const sets = points.sets();
    const some = (has: (set: PointSet) => boolean) => sets.some(has);
    const holds: Partial<Record<(typeof OWN)[number], boolean>> = {
      start: some(({ recording }) => recording.timed),
      end: some(({ recording }) => recording.timed),
      utc: some(({ recording, result }) => recording.start !== undefined || result.facts(0).utc !== undefined),
      rms: some(({ result }) => result.facts(0).rms !== undefined),
      "top class": some(({ result }) => result.topClass.length > 0 && (result.header.scores ?? 0) > 1),
      score: some(({ result }) => result.topClass.length > 0),
    };
    this.#own = OWN.filter((name) => holds[name] !== false);
    this.#further = [...new Set(sets.flatMap(({ result }) => result.further?.columns ?? []))];
    this.columns = [...this.#own, ...this.#further];
  }

  text(row: number): string {
    const point = this.#points.at(row);
    if (point === undefined) return "";
    const { recording, result, window } = point;
    const labels = this.#ownCell("labels", point) ?? "";
    const further = result.further?.text(window);
    const own = further ?? this.#own.map((name) => (name === "labels" ? "" : this.#ownCell(name, point))).join("\t");
    return `${recording.name}\t${own}\t${labels}`;
  }

  cells(row: number): readonly (string | null)[] {
    const point = this.#points.at(row);
    if (point === undefined) return this.columns.map(() => null);
    const { result, window } = point;
    const further = result.further?.cells(window) ?? [];
    const place = new Map(result.further?.columns.map((name, at) => [name, at]));
    return [
      ...this.#own.map((name) => this.#ownCell(name, point)),
      ...this.#further.map((name) => further[place.get(name) ?? -1] ?? null),
    ];
  }

  values(column: number): readonly (string | null)[] {
    const name = this.columns[column];
    const labels = name === "labels" ? this.#around.labels.version : 0;
    const known = this.#values.get(column);
    if (known?.labels === labels) return known.values;
    const own = column < this.#own.length ? (this.#own[column] as (typeof OWN)[number]) : undefined;
    const values: (string | null)[] = [];
    for (const { recording, result } of this.#points.sets()) {
      const at = result.further?.columns.indexOf(name ?? "") ?? -1;
      for (let window = 0; window < result.windows; window++)
        values.push(
          own === undefined
            ? at < 0
              ? null
              : (result.further?.cells(window)[at] ?? null)
            : this.#ownCell(own, { recording, result, window }),
        );
    }
    this.#values.set(column, { labels, values });
    return values;
  }

  kind(column: number): ColumnKind {
    const values = this.values(column);
    const known = this.#kinds.get(values);
    if (known !== undefined) return known;
    // The projector's rules, of lines with one cell.
    const kind = new MetadataTable(
      [""],
      values.map((value) => value ?? ""),
    ).kind(0);
    this.#kinds.set(values, kind);
    return kind;
  }

  #ownCell(name: (typeof OWN)[number], point: Point): string | null {
    const { recording, result, window } = point;
    const start = result.starts[window] as number;
    if (name === "recording") return recording.name;
    if (name === "window") return String(window + 1);
    if (name === "start" || name === "end") {
      const seconds = (name === "start" ? start : result.ends[window]) as number;
      return recording.timed ? String(Number(seconds.toFixed(3))) : null;
    }
    if (name === "labels") return this.#around.labelsAt(point).map(labelName).join(", ") || null;
    if (name === "utc") {
      const { utc } = result.facts(window);
      if (utc !== undefined) return utc;
      return recording.start === undefined ? null : new Date(recording.start.getTime() + 1000 * start).toISOString();
    }
    if (name === "rms") return result.facts(window).rms?.toPrecision(4) ?? null;
    const top = result.topClass[window];
    if (top === undefined) return null;
    if (name === "score") return (result.topScore[window] as number).toFixed(3);
    return (result.header.scores ?? 0) > 1 ? this.#around.className(top) : null;
  }
}

/** A point in a few words: its recording and time, or its number where it has no time. */
export function labelOf({ recording, result, window }: Point): string {
  return recording.timed
    ? `${recording.name}, ${clock(result.starts[window] as number, 2)}`
    : `${recording.name}, point ${window + 1}`;
}
