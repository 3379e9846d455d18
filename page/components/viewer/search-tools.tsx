import type { MetadataTable } from "../../../src/output/projector-reader/index.ts";
import type { BundleView } from "../../bundle/bundle-view.ts";

/** Finds points by their metadata. */
export function SearchTools({ bundle, metadata }: { bundle: BundleView; metadata: MetadataTable }) {
  const { query, only } = bundle;
  const found = bundle.found() === undefined ? undefined : bundle.foundPoints();
  return (
    <search class="tools">
      <input
        type="search"
        aria-label="Find points"
        placeholder={query.column < 0 ? "Find …" : "Find …, > 0.5, 1..4"}
        value={query.text}
        onInput={({ currentTarget }) => bundle.search({ ...bundle.query, text: currentTarget.value })}
      />
      <label>
        in{" "}
        <select
          value={query.column}
          onChange={({ currentTarget }) => bundle.search({ ...bundle.query, column: Number(currentTarget.value) })}
        >
          <option value={-1}>any column</option>
          {metadata.columns.map((name, at) => (
            <option key={name} value={at}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {found !== undefined && (
        <>
          <span aria-live="polite">{found.length.toLocaleString("en")} found</span>
          <label class="check">
            <input
              type="checkbox"
              checked={only}
              onChange={() => {
                bundle.only = !bundle.only;
                bundle.search(bundle.query);
              }}
            />{" "}
            hide the others
          </label>
          <button type="button" disabled={found.length === 0} onClick={() => bundle.select(found)}>
            Mark them
          </button>
        </>
      )}
    </search>
  );
}
