import { counted } from "../../src/counted.ts";
import { clock, wallClock } from "../audio/times.ts";
import type { Point } from "../session/points.ts";
import type { View } from "../session/view.ts";
import { LabelKeys } from "./label-keys.tsx";
import { Picture } from "./picture.tsx";
import { readable } from "./windows-panel.tsx";

/** Marked windows that are shown one by one. */
const STRIP = 12;
/** Classes of the model that are named. */
const CLASSES = 3;

/** The window that is looked at and the marked ones, and what can be done with them. */
export function SelectionPanel({ view }: { view: View }) {
  const { selection } = view;
  const point = view.cursor === undefined ? undefined : view.points.at(view.cursor);
  if (point === undefined && selection === undefined) {
    return (
      <p class="hint">
        Draw a box on the spectrogram, or click a point of the plane to hear its window; draw around points to mark
        several. Then label what is marked with the keys 1 to 9, or find what is like it.
      </p>
    );
  }
  const marked = [...view.selected].sort((a, b) => a - b);
  return (
    <>
      <LabelKeys view={view} />
      <div class="tools">
        <button
          type="button"
          class="strong"
          disabled={point === undefined}
          onClick={() => void view.hits.find()}
          title="Ranks every window by how like this it is (F)"
        >
          Find like this
        </button>
        {marked.length > 1 && (
          <button type="button" onClick={() => void view.hear(marked)}>
            Play {marked.length}
          </button>
        )}
        <button type="button" onClick={() => view.clear()}>
          Clear
        </button>
      </div>
      {marked.length > 1 && (
        <div class="marked">
          <h3>{counted(marked.length, "window")} marked</h3>
          <div class="strip">
            {marked.slice(0, STRIP).map((index) => {
              const found = view.points.at(index);
              return found === undefined ? null : (
                <button
                  key={index}
                  type="button"
                  class="thumb"
                  aria-label={`Play ${timesOf(found)}`}
                  onClick={() => void view.hear([index])}
                >
                  <Picture point={found} />
                </button>
              );
            })}
            {marked.length > STRIP && <span>and {marked.length - STRIP} more</span>}
          </div>
        </div>
      )}
      {point !== undefined && <Looked view={view} point={point} />}
    </>
  );
}

function Looked({ view, point }: { view: View; point: Point }) {
  const { cursor } = view;
  return (
    <>
      <h3>
        Window {point.window + 1} of {point.result.windows}
      </h3>
      <div class="looked">
        <button
          type="button"
          class="thumb"
          aria-label="Play the window"
          onClick={() => void view.hear([cursor as number])}
        >
          <Picture point={point} large />
        </button>
        <dl>
          <Fact name="Recording">{point.recording.name}</Fact>
          <Fact name={point.recording.timed ? "Time" : "Point"}>{timesOf(point)}</Fact>
          <WallClock point={point} />
          <Scores point={point} view={view} />
          <Further point={point} />
        </dl>
      </div>
    </>
  );
}

export function timesOf({ recording, result, window }: Point): string {
  if (!recording.timed) return `number ${window + 1}`;
  return `${clock(result.starts[window] as number, 2)} – ${clock(result.ends[window] as number, 2)}`;
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function WallClock({ point: { recording, result, window } }: { point: Point }) {
  if (recording.start === undefined) return null;
  const { utc, local } = wallClock(recording.start, result.starts[window] as number);
  return (
    <>
      <Fact name="UTC">{utc.replace(" UTC", "")}</Fact>
      <Fact name="Here">{local}</Fact>
    </>
  );
}

/** What a bundle says of it besides. */
function Further({ point: { result, window } }: { point: Point }) {
  const { further } = result;
  if (further === undefined) return null;
  const cells = further.cells(window);
  return (
    <>
      {further.columns.map((name, at) =>
        cells[at] === null || cells[at] === undefined ? null : (
          <Fact key={name} name={name}>
            {readable(cells[at])}
          </Fact>
        ),
      )}
    </>
  );
}

/** The model's own classes, the best first. */
function Scores({ point: { result, window }, view }: { point: Point; view: View }) {
  const count = result.header.scores ?? 0;
  if (count === 0 || result.topClass.length <= window) return null;
  if (count === 1) return <Fact name="Score">{(result.topScore[window] as number).toFixed(3)}</Fact>;
  const scores = result.scores.view(window * count, (window + 1) * count);
  const best = Array.from(scores.keys())
    .sort((a, b) => (scores[b] as number) - (scores[a] as number))
    .slice(0, CLASSES);
  return (
    <Fact name="Classes">
      {best.map((at) => (
        <span key={at} class="class">
          {view.className(at)} <span class="number">{(scores[at] as number).toFixed(2)}</span>
        </span>
      ))}
    </Fact>
  );
}
