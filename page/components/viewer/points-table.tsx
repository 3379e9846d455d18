import { useMemo, useState } from "preact/hooks";
import type { BundleView, Experiment } from "../../bundle/bundle-view.ts";
import { labelOf, readable } from "./labels.ts";
import { Thumbnail } from "./thumbnail.tsx";

const ROWS = 20;

interface Sorting {
  /** A column, or -1 for the points' own order. */
  readonly column: number;
  readonly up: boolean;
}

/** The metadata: of what is marked, else of what was found, else of all. A page at a time. */
export function PointsTable({ bundle, experiment }: { bundle: BundleView; experiment: Experiment }) {
  const [sorting, setSorting] = useState<Sorting>({ column: -1, up: true });
  const [page, setPage] = useState(0);
  const { metadata } = experiment;
  const found = bundle.found();
  const points = useMemo(() => {
    const { count, selected } = bundle;
    const chosen =
      selected.size > 0
        ? [...selected].sort((a, b) => a - b)
        : found !== undefined
          ? bundle.foundPoints()
          : Array.from({ length: count }, (_, at) => at);
    return sorted(chosen, experiment, sorting);
  }, [experiment, metadata, bundle.count, bundle.selected, found, sorting]);
  if (metadata === undefined || bundle.count === 0) return null;
  const pages = Math.max(1, Math.ceil(points.length / ROWS));
  const at = Math.min(page, pages - 1);
  const rows = points.slice(at * ROWS, (at + 1) * ROWS);
  const whose = bundle.selected.size > 0 ? "marked" : found !== undefined ? "found" : "in all";
  const sort = (column: number) => {
    setSorting({ column, up: sorting.column === column ? !sorting.up : true });
    setPage(0);
  };
  return (
    <section class="panel" aria-labelledby="metadata">
      <h2 id="metadata">
        {points.length.toLocaleString("en")} points {whose}
      </h2>
      <section
        class="scroll"
        aria-label="Metadata; scrolls sideways"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
      >
        <table class="points">
          <thead>
            <tr>
              <th scope="col">Point</th>
              {metadata.columns.map((name, column) => (
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
            {rows.map((point) => (
              <tr key={point} class={bundle.cursor === point ? "current" : ""}>
                <th scope="row">
                  <button
                    type="button"
                    class="plain"
                    aria-label={`${(point + 1).toLocaleString("en")}, ${labelOf(experiment, point)}`}
                    onClick={() => bundle.look(point)}
                  >
                    <Thumbnail experiment={experiment} point={point} />
                    {(point + 1).toLocaleString("en")}
                  </button>
                </th>
                {metadata.cells(point).map((cell, column) => (
                  <td key={metadata.columns[column]}>{cell === null ? "" : readable(cell)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {pages > 1 && (
        <div class="tools pages">
          <button type="button" disabled={at === 0} onClick={() => setPage(at - 1)}>
            ← Before
          </button>
          <span>
            {(at * ROWS + 1).toLocaleString("en")} to {(at * ROWS + rows.length).toLocaleString("en")} of{" "}
            {points.length.toLocaleString("en")}
          </span>
          <button type="button" disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
            Next →
          </button>
        </div>
      )}
    </section>
  );
}

/** Numbers by their size, other values by their letters, empty cells last. */
function sorted(points: number[], { metadata }: Experiment, { column, up }: Sorting): number[] {
  if (metadata === undefined || column < 0) return points;
  const values = metadata.values(column);
  const way = up ? 1 : -1;
  const { numeric } = metadata.kind(column);
  const collator = new Intl.Collator("en", { numeric: true });
  return points.sort((a, b) => {
    const [left, right] = [values[a] ?? null, values[b] ?? null];
    if (left === null || right === null) return left === right ? a - b : left === null ? 1 : -1;
    return way * (numeric ? Number(left) - Number(right) : collator.compare(left, right)) || a - b;
  });
}
