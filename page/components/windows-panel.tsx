import { useEffect, useMemo, useState } from "preact/hooks";
import type { View } from "../session/view.ts";
import { labelOf, type WindowTable } from "../session/window-table.ts";
import { Picture } from "./picture.tsx";
import { useVirtual } from "./virtual.ts";

/** Height of a row, as the style sheet has it. */
const ROW = 34;

interface Sorting {
  /** A column, or -1 for the order of the windows. */
  readonly column: number;
  readonly up: boolean;
}

/** Windows with what is known of them: those that are marked, else those that were found, else all. */
export function WindowsPanel({ view }: { view: View }) {
  const [sorting, setSorting] = useState<Sorting>({ column: -1, up: true });
  const { table, selected, search } = view;
  const { columns } = table;
  const found = search.found();
  useEffect(() => setSorting({ column: -1, up: true }), [columns.join("\t")]);
  const points = useMemo(() => {
    const chosen =
      selected.size > 0
        ? [...selected].sort((a, b) => a - b)
        : found !== undefined
          ? [...search.points()]
          : Array.from({ length: table.count }, (_, at) => at);
    return sorted(chosen, table, sorting);
  }, [table, selected, found, sorting]);
  const [frame, first, last] = useVirtual<HTMLElement>(points.length, ROW);
  if (table.count === 0) return <p class="hint">Windows are listed here as they come.</p>;
  const whose = selected.size > 0 ? "marked" : found !== undefined ? "found" : "in all";
  const sort = (column: number) => setSorting({ column, up: sorting.column === column ? !sorting.up : true });
  return (
    <div class="hits">
      <div class="hits-tools">
        <SearchTools view={view} />
        <p id="windows-listed" aria-live="polite">
          <b>{points.length.toLocaleString("en")}</b> {points.length === 1 ? "window" : "windows"} {whose}
        </p>
      </div>
      <section
        ref={frame}
        class="list table"
        aria-label="Windows; scrolls sideways"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
      >
        <table class="points">
          <thead>
            <tr>
              <th scope="col">
                <button type="button" class="plain" onClick={() => sort(-1)}>
                  Number
                </button>
              </th>
              {columns.map((name, column) => (
                <th
                  key={name}
                  scope="col"
                  aria-sort={sorting.column === column ? (sorting.up ? "ascending" : "descending") : "none"}
                >
                  <button type="button" class="plain" onClick={() => sort(column)}>
                    {name} {sorting.column === column ? (sorting.up ? "▲" : "▼") : ""}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr class="room" style={{ height: `${first * ROW}px` }} />
            {points.slice(first, last).map((point) => (
              <Row key={point} view={view} table={table} point={point} />
            ))}
            <tr class="room" style={{ height: `${(points.length - last) * ROW}px` }} />
          </tbody>
        </table>
      </section>
    </div>
  );
}

function Row({ view, table, point }: { view: View; table: WindowTable; point: number }) {
  const at = view.points.at(point);
  if (at === undefined) return null;
  return (
    <tr class={view.cursor === point ? "current" : ""}>
      <th scope="row">
        <button
          type="button"
          class="plain"
          aria-label={`${(point + 1).toLocaleString("en")}, ${labelOf(at)}`}
          onClick={() => {
            view.lookAt(point);
            void view.hear([point]);
          }}
        >
          <Picture point={at} /> {(point + 1).toLocaleString("en")}
        </button>
      </th>
      {table.cells(point).map((cell, column) => (
        <td key={table.columns[column]} title={cell ?? ""}>
          {cell === null ? "" : readable(cell)}
        </td>
      ))}
    </tr>
  );
}

/** Finds windows by what is known of them. */
function SearchTools({ view }: { view: View }) {
  const { search, table } = view;
  const { query, only } = search;
  const found = search.found() === undefined ? undefined : search.points();
  return (
    <search class="column">
      <div class="pair">
        <label class="field">
          Find
          <input
            type="search"
            aria-label="Find windows"
            placeholder={query.column < 0 ? "any text" : "text, > 0.5, 1..4"}
            value={query.text}
            onInput={({ currentTarget }) => search.ask({ ...search.query, text: currentTarget.value })}
          />
        </label>
        <label class="field">
          in
          <select
            aria-label="Column"
            value={query.column}
            onChange={({ currentTarget }) => search.ask({ ...search.query, column: Number(currentTarget.value) })}
          >
            <option value={-1}>any column</option>
            {table.columns.map((name, at) => (
              <option key={name} value={at}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {found !== undefined && (
        <div class="tools">
          <span>{found.length.toLocaleString("en")} found</span>
          <label class="check">
            <input type="checkbox" checked={only} onChange={() => search.setOnly(!only)} /> hide the others
          </label>
          <button type="button" disabled={found.length === 0} onClick={() => view.select(found)}>
            Mark them
          </button>
        </div>
      )}
    </search>
  );
}

/** A cell to read: numbers of many digits are rounded to six. */
export function readable(cell: string): string {
  return /^-?\d+\.\d{6,}$/.test(cell) ? String(Number(Number(cell).toPrecision(6))) : cell;
}

/** Numbers by their size, other values by their letters, empty cells last. */
function sorted(points: number[], table: WindowTable, { column, up }: Sorting): number[] {
  if (column < 0 || column >= table.columns.length) return points;
  const values = table.values(column);
  const way = up ? 1 : -1;
  const { numeric } = table.kind(column);
  const collator = new Intl.Collator("en", { numeric: true });
  return points.sort((a, b) => {
    const [left, right] = [values[a] ?? null, values[b] ?? null];
    if (left === null || right === null) return left === right ? a - b : left === null ? 1 : -1;
    return way * (numeric ? Number(left) - Number(right) : collator.compare(left, right)) || a - b;
  });
}
