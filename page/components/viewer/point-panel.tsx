import type { BundleView, Experiment } from "../../bundle/bundle-view.ts";
import { labelOf, readable } from "./labels.ts";
import { Thumbnail } from "./thumbnail.tsx";

/** Marked points that are shown one by one. */
const STRIP = 24;

/** The point that is looked at, the marked ones, and those most like it. */
export function PointPanel({ bundle, experiment }: { bundle: BundleView; experiment: Experiment }) {
  const { cursor, selected } = bundle;
  if (cursor === undefined) {
    return (
      <p class="hint">
        Click a point to see what it is and what lies nearest; draw around points to mark them, Shift moves the picture.
        On a keyboard: Tab to the picture, arrows to step, Space to mark.
      </p>
    );
  }
  const marked = [...selected].sort((a, b) => a - b);
  return (
    <>
      {marked.length > 1 && (
        <div class="marked">
          <h3>{marked.length.toLocaleString("en")} points marked</h3>
          <button type="button" onClick={() => bundle.clear()}>
            Clear
          </button>
          <div class="strip">
            {marked.slice(0, STRIP).map((point) => (
              <button
                key={point}
                type="button"
                class="thumb still"
                aria-label={`${point + 1}, ${labelOf(experiment, point)}`}
                title={labelOf(experiment, point)}
                onClick={() => bundle.look(point)}
              >
                {experiment.sprite === undefined ? point + 1 : <Thumbnail experiment={experiment} point={point} />}
              </button>
            ))}
            {marked.length > STRIP && (
              <span>and {(marked.length - STRIP).toLocaleString("en")} more, in the table</span>
            )}
          </div>
        </div>
      )}
      <h3>{labelOf(experiment, cursor)}</h3>
      <div class="looked">
        <Thumbnail experiment={experiment} point={cursor} large />
        <Cells experiment={experiment} point={cursor} />
      </div>
      <h3>Nearest by cosine</h3>
      {bundle.neighbours === undefined ? (
        <p class="hint">Looking …</p>
      ) : (
        <>
          <ol class="nearest">
            {bundle.neighbours.map(({ point, cosine }) => (
              <li key={point}>
                <button type="button" class="plain" onClick={() => bundle.look(point)}>
                  <Thumbnail experiment={experiment} point={point} />
                  <span>{labelOf(experiment, point)}</span>
                </button>
                <span class="number">{cosine.toFixed(3)}</span>
              </li>
            ))}
          </ol>
          <button
            type="button"
            onClick={() => bundle.select([cursor, ...(bundle.neighbours ?? []).map(({ point }) => point)])}
          >
            Mark them
          </button>
        </>
      )}
    </>
  );
}

function Cells({ experiment, point }: { experiment: Experiment; point: number }) {
  const { metadata } = experiment;
  if (metadata === undefined) return <p class="hint">The bundle has no metadata.</p>;
  const cells = metadata.cells(point);
  return (
    <dl>
      {metadata.columns.map((name, at) => (
        <>
          <dt>{name}</dt>
          <dd>{readable(cells[at] ?? null)}</dd>
        </>
      ))}
    </dl>
  );
}
