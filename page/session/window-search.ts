import { type Query, search } from "../bundle/search.ts";
import { FAINT, HIDDEN, PLAIN, type Shown } from "../views/points-raster.ts";
import type { WindowTable } from "./window-table.ts";

/** What is searched in. */
interface Around {
  readonly table: WindowTable;
  /** Changes with the labels. */
  readonly labels: { readonly version: number };
  readonly session: { changed(): void };
}

/** Windows found by what is known of them. */
export class WindowSearch {
  readonly #around: Around;
  query: Query = { text: "", column: -1 };
  /** Whether points that the query does not find are hidden, and not faint. */
  only = false;
  #found: { readonly table: WindowTable; readonly key: string; readonly rows: Uint8Array | undefined } | undefined;
  #shown: { readonly rows: Uint8Array; readonly only: boolean; readonly shown: Shown } | undefined;
  #points: { readonly rows: Uint8Array; readonly points: readonly number[] } | undefined;

  constructor(around: Around) {
    this.#around = around;
  }

  ask(query: Query): void {
    this.query = query;
    this.#around.session.changed();
  }

  setOnly(only: boolean): void {
    this.only = only;
    this.#around.session.changed();
  }

  /** Rows that the query finds; undefined where there is none. */
  found(): Uint8Array | undefined {
    const { text, column } = this.query;
    if (text.trim() === "") return undefined;
    const { table, labels } = this.#around;
    const key = `${column} ${labels.version} ${text}`;
    if (this.#found?.table !== table || this.#found.key !== key)
      this.#found = { table, key, rows: search(table, this.query) };
    return this.#found.rows;
  }

  /** The points that the query finds. */
  points(): readonly number[] {
    const rows = this.found();
    if (rows === undefined) return [];
    if (this.#points?.rows !== rows) {
      const points: number[] = [];
      for (let row = 0; row < rows.length; row++) if (rows[row] === 1) points.push(row);
      this.#points = { rows, points };
    }
    return this.#points.points;
  }

  /** How points are drawn; undefined where all are as they are. */
  shown(): Shown | undefined {
    const rows = this.found();
    if (rows === undefined) return undefined;
    if (this.#shown?.rows !== rows || this.#shown.only !== this.only) {
      const other = this.only ? HIDDEN : FAINT;
      this.#shown = { rows, only: this.only, shown: rows.map((found) => (found === 1 ? PLAIN : other)) };
    }
    return this.#shown.shown;
  }
}
