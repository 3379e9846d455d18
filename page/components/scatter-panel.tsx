import { counted } from "../../src/counted.ts";
import { clock } from "../audio/times.ts";
import { FEWEST_FOR_UMAP, MOST_FOR_UMAP, type Points } from "../session/points.ts";
import type { View } from "../session/view.ts";
import type { Colouring } from "../views/scatter.ts";
import { LegendLine } from "./legend-line.tsx";
import { type Plane, PlaneStage } from "./plane-stage.tsx";

declare const UMAP_WORKER: string;

/** What a choice of colours begins with that is a column. */
const COLUMN = "column:";

export function axisNames(points: Points): [string, string] {
  if (points.projection === "umap") return ["UMAP 1 (no unit)", "UMAP 2 (no unit)"];
  const [first, second] = points.explained.map((part) => `${(100 * part).toFixed(0)} % of the variance`);
  return [`component 1, ${first}`, `component 2, ${second}`];
}

export function ScatterPanel({ view }: { view: View }) {
  const { points, session } = view;
  const plane: Plane = {
    label: `Windows of ${session.models.title(view.model)}`,
    count: points.count,
    positions: () => points.positions(),
    colour: () => view.colours().colour,
    shown: () => view.search.shown(),
    axes: () => axisNames(points),
    // Asked for at every frame, which are more than the renderings.
    get selected() {
      return view.selected;
    },
    get cursor() {
      return view.cursor;
    },
    get playing() {
      return view.playing;
    },
    spoken: () => spoken(view),
    look: (point) => view.lookAt(point),
    act(point) {
      if (point !== view.cursor) view.selected = new Set();
      view.selection = undefined;
      view.lookAt(point);
      void view.hear([point]);
    },
    select: (found) => view.select(found),
    clear: () => view.clear(),
    subscribe: session.subscribe,
  };
  return (
    <>
      <PlaneStage plane={plane} />
      <LegendLine
        legend={view.colours().legend}
        {...(view.windows.column === undefined
          ? {}
          : { pick: (value: string) => view.select(view.windows.withValue(value)) })}
      />
      {points.projection === "umap" && points.count > MOST_FOR_UMAP && (
        <p class="hint">
          {MOST_FOR_UMAP.toLocaleString("en")} of {points.count.toLocaleString("en")} windows, evenly taken
        </p>
      )}
    </>
  );
}

function spoken(view: View): string {
  const point = view.cursor === undefined ? undefined : view.points.at(view.cursor);
  if (point === undefined) return `${counted(view.points.count, "window")}, none looked at`;
  const { recording, result, window } = point;
  const top = result.topClass[window];
  const score = top === undefined ? "" : `, ${view.className(top)} at ${result.topScore[window]?.toFixed(2)}`;
  const marked = view.selected.has(view.cursor as number) ? ", marked" : "";
  const time = recording.timed ? `, ${clock(result.starts[window] ?? 0, 2)}` : "";
  return `Window ${window + 1} of ${result.windows}${time} of ${recording.name}${score}${marked}`;
}

/** Which windows, which picture of them, which colours. */
export function ScatterControls({ view }: { view: View }) {
  const { points, session } = view;
  const scored = (points.sets()[0]?.result.header.scores ?? 0) > 0;
  const few = points.count < FEWEST_FOR_UMAP;
  return (
    <div class="tools">
      <select
        aria-label="Model"
        value={view.model}
        onChange={({ currentTarget }) => view.setModel(currentTarget.value as View["model"])}
      >
        {(view.models.length === 0 ? [view.model] : view.models).map((model) => (
          <option key={model} value={model}>
            {model}
          </option>
        ))}
      </select>
      <label>
        <span class="hidden">Colour by </span>
        <select
          aria-label="Colour by"
          value={
            view.windows.column !== undefined
              ? `${COLUMN}${view.windows.column}`
              : scored || view.windows.colouring !== "class"
                ? view.windows.colouring
                : "time"
          }
          onChange={({ currentTarget: { value } }) => {
            const column = value.startsWith(COLUMN);
            view.windows.column = column ? value.slice(COLUMN.length) : undefined;
            if (!column) view.windows.colouring = value as Colouring;
            session.changed();
          }}
        >
          <option value="file">by file</option>
          <option value="time">by time</option>
          <option value="label">by label</option>
          <option value="class" disabled={!scored}>
            {scored ? "by top class" : "by top class (no scores)"}
          </option>
          {view.windows.colourings().map(({ name }) => (
            <option key={name} value={`${COLUMN}${name}`}>
              by {name}
            </option>
          ))}
        </select>
      </label>
      <fieldset class="choice">
        <legend class="hidden">Picture</legend>
        <button type="button" aria-pressed={points.projection === "pca"} onClick={() => points.usePca()}>
          PCA
        </button>
        <button
          type="button"
          aria-pressed={points.projection === "umap"}
          disabled={few}
          title={few ? `UMAP needs ${FEWEST_FOR_UMAP} windows` : "Computes in the background"}
          onClick={() => void points.runUmap(UMAP_WORKER)}
        >
          UMAP{points.progress === undefined ? "" : ` ${(100 * points.progress).toFixed(0)} %`}
        </button>
      </fieldset>
    </div>
  );
}
