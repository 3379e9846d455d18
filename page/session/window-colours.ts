import type { Annotation } from "../../src/labels/index.ts";
import { type Coloured, colourings, columnColours } from "../bundle/columns.ts";
import type { Colours } from "../views/legend.ts";
import { type Colouring, colours } from "../views/scatter.ts";
import type { Point, Points } from "./points.ts";
import { WindowTable } from "./window-table.ts";

/** Columns that are colours by other names, or say nothing as such. */
const OFFERED = ["recording", "window", "start", "end", "labels", "top class"];

/** What is looked at around it. */
interface Around {
  readonly model: string;
  readonly points: Points;
  readonly labels: { readonly version: number };
  readonly session: { readonly runs: { readonly left: number } };
  className(at: number): string;
  labelsAt(point: Point): readonly Annotation[];
}

/** The windows of the model as rows, and their colours in the plane. */
export class WindowColours {
  readonly #view: Around;
  colouring: Colouring = "file";
  /** The column that colours, by its name, in the place of `colouring`. */
  column: string | undefined;
  #table: { readonly key: string; readonly table: WindowTable } | undefined;
  #colourings: { readonly table: WindowTable; readonly columns: string; readonly all: readonly Coloured[] } | undefined;
  #colours: { readonly key: string; readonly table: WindowTable; readonly colours: Colours } | undefined;

  constructor(view: Around) {
    this.#view = view;
  }

  /** All windows of the model as rows, made anew when there are others. */
  get table(): WindowTable {
    const { points } = this.#view;
    const sets = points.sets();
    const starts = sets.map(({ recording }) => recording.start?.getTime() ?? 0).reduce((sum, time) => sum + time, 0);
    const key = `${this.#view.model} ${points.count} ${sets.length} ${sets.at(-1)?.recording.id} ${starts} ${this.#view.className(0)}`;
    if (this.#table?.key !== key) this.#table = { key, table: new WindowTable(points, this.#view) };
    return this.#table.table;
  }

  /** Columns that can be colours, and are not otherwise offered. */
  colourings(): readonly Coloured[] {
    const { table } = this;
    // While windows come there is a new table every moment, of the same columns.
    const known = this.#colourings;
    const columns = table.columns.join("\t");
    if (known?.table === table || (known?.columns === columns && this.#view.session.runs.left > 0)) return known.all;
    this.#colourings = { table, columns, all: colourings(table, OFFERED) };
    return this.#colourings.all;
  }

  /** The colours of the points, made anew when there are more of them or another thing is coloured. */
  colours(): Colours {
    const { points } = this.#view;
    const { colouring, column, table } = this;
    const labels = colouring === "label" ? this.#view.labels.version : 0;
    const key = `${column} ${colouring} ${labels}`;
    if (this.#colours?.key !== key || this.#colours.table !== table) {
      const coloured = column === undefined ? undefined : this.colourings().find(({ name }) => name === column);
      const made =
        coloured === undefined
          ? colours(
              points,
              colouring,
              (at) => this.#view.className(at),
              (point) => this.#view.labelsAt(point),
            )
          : columnColours(table, coloured, points.count);
      this.#colours = { key, table, colours: made };
    }
    return this.#colours.colours;
  }

  /** The points that have a value in the column that colours. */
  withValue(value: string): number[] {
    const at = this.table.columns.indexOf(this.column ?? "");
    const points: number[] = [];
    if (at >= 0) for (const [point, one] of this.table.values(at).entries()) if (one === value) points.push(point);
    return points;
  }
}
