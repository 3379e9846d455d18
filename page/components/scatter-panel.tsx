import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { MODELS } from "../../src/models/index.ts";
import { clock } from "../audio/times.ts";
import { FEWEST_FOR_UMAP, type Points } from "../session/points.ts";
import type { View } from "../session/view.ts";
import { pixelPositions, pointAt, pointsInside } from "../views/plane.ts";
import { type Colouring, colours, type Legend, paintScatter } from "../views/scatter.ts";
import { onFrame, prepared, useWidth } from "./hooks.ts";

declare const UMAP_WORKER: string;

/** Pixels that a pointer may move and still have clicked. */
const STILL = 5;

export function axisNames(points: Points): [string, string] {
  if (points.projection === "umap") return ["UMAP 1 (no unit)", "UMAP 2 (no unit)"];
  const [first, second] = points.explained.map((part) => `${(100 * part).toFixed(0)} % of the variance`);
  return [`principal component 1, ${first}`, `component 2, ${second}`];
}

export function ScatterPanel({ view }: { view: View }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const lasso = useRef<number[]>([]);
  const { points, session } = view;
  const { count } = points;
  const height = Math.round(Math.max(240, Math.min(560, width * 0.8)));
  const size = useRef({ x: 0, y: 0, width, height });
  size.current = { x: 0, y: 0, width, height };
  const paint = useMemo(
    () =>
      onFrame(() => {
        const element = canvas.current;
        if (element === null) return;
        const context = prepared(element, size.current.width, size.current.height);
        if (context === undefined) return;
        const { colour } = colours(view.points, view.colouring);
        paintScatter(context, size.current, view.pixels(size.current), colour, axisNames(view.points), {
          selected: view.selected,
          cursor: view.cursor,
          playing: view.playing,
          lasso: lasso.current,
        });
      }),
    [view],
  );
  useLayoutEffect(paint);
  useEffect(() => session.subscribe(paint), [view]);

  const place = (event: PointerEvent): [number, number] => {
    const box = (canvas.current as HTMLCanvasElement).getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    lasso.current = place(event);
  };
  const move = (event: PointerEvent) => {
    if (lasso.current.length === 0) return;
    lasso.current.push(...place(event));
    paint();
  };
  const up = (event: PointerEvent) => {
    const line = lasso.current;
    lasso.current = [];
    if (line.length === 0) return;
    const [startX = 0, startY = 0] = line;
    const pixels = pixelPositions(points.positions(), size.current);
    const still = line.every((value, at) => Math.abs(value - (at % 2 === 0 ? startX : startY)) <= STILL);
    if (!still) {
      view.select(pointsInside(pixels, line));
      return;
    }
    const point = pointAt(pixels, startX, startY, event.pointerType === "mouse" ? 10 : 22);
    if (point === undefined) view.clear();
    else {
      view.selected = new Set();
      view.look(point);
      void view.hear([point]);
    }
  };
  return (
    <>
      <div ref={frame} class="scatter">
        {/* The picture is a slider through the windows in order of time: arrows step, Enter plays, Space marks. */}
        <div
          class="stage"
          role="slider"
          tabIndex={0}
          aria-label={`Windows of ${MODELS[view.model].title}. Arrows step, Enter plays, Space marks, Escape clears.`}
          aria-valuemin={0}
          aria-valuemax={Math.max(0, count - 1)}
          aria-valuenow={view.cursor ?? 0}
          aria-valuetext={spoken(view)}
          onKeyDown={(event) => onKey(event, view)}
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={up}
          onPointerCancel={() => {
            lasso.current = [];
            paint();
          }}
        >
          <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />
        </div>
      </div>
      <LegendLine legend={colours(points, view.colouring).legend} colouring={view.colouring} />
    </>
  );
}

function onKey(event: KeyboardEvent, view: View): void {
  const last = view.points.count - 1;
  const now = view.cursor ?? -1;
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: now + 1,
    ArrowUp: now + 1,
    ArrowLeft: now - 1,
    ArrowDown: now - 1,
    PageUp: now + 10,
    PageDown: now - 10,
    Home: 0,
    End: last,
  };
  const target = steps[event.key];
  if (target !== undefined) view.look(Math.max(0, Math.min(last, target)));
  else if (event.key === "Enter" && view.cursor !== undefined) void view.hear([view.cursor]);
  else if (event.key === "Escape") view.clear();
  else if (event.key === " " && view.cursor !== undefined) {
    const marked = new Set(view.selected);
    if (!marked.delete(view.cursor)) marked.add(view.cursor);
    view.selected = marked;
    view.session.changed();
  } else return;
  event.preventDefault();
}

function spoken(view: View): string {
  const point = view.cursor === undefined ? undefined : view.points.at(view.cursor);
  if (point === undefined) return `${view.points.count} windows, none looked at`;
  const { recording, result, window } = point;
  const top = result.topClass[window];
  const score = top === undefined ? "" : `, class ${top} at ${result.topScore[window]?.toFixed(2)}`;
  const marked = view.selected.has(view.cursor as number) ? ", marked" : "";
  return `Window ${window + 1} of ${result.windows}, ${clock(result.starts[window] ?? 0, 2)} of ${recording.name}${score}${marked}`;
}

function LegendLine({ legend, colouring }: { legend: Legend; colouring: Colouring }) {
  if (legend.kind === "scale") {
    return (
      <p class="legend">
        {legend.low} <span class="ramp" /> {legend.high} {colouring === "time" ? "min:s" : ""}
      </p>
    );
  }
  return (
    <ul class="legend">
      {legend.names.map(({ name, colour }) => (
        <li key={name}>
          <span class="dot" style={{ background: colour }} /> {name}
        </li>
      ))}
    </ul>
  );
}

/** Which windows, which picture of them, which colours. */
export function ScatterControls({ view }: { view: View }) {
  const { points, session } = view;
  const scored = (points.sets()[0]?.result.header.scores ?? 0) > 0;
  const few = points.count < FEWEST_FOR_UMAP;
  return (
    <div class="tools">
      <label>
        Model{" "}
        <select
          value={view.model}
          onChange={({ currentTarget }) => view.setModel(currentTarget.value as View["model"])}
        >
          {view.models.map((model) => (
            <option key={model} value={model}>
              {model}
            </option>
          ))}
        </select>
      </label>
      <label>
        Colour by{" "}
        <select
          value={scored || view.colouring !== "class" ? view.colouring : "time"}
          onChange={({ currentTarget }) => {
            view.colouring = currentTarget.value as Colouring;
            session.changed();
          }}
        >
          <option value="time">time</option>
          <option value="file">file</option>
          <option value="class" disabled={!scored}>
            {scored ? "top class" : "top class (no scores)"}
          </option>
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
          onClick={() => points.runUmap(UMAP_WORKER)}
        >
          UMAP{points.progress === undefined ? "" : ` ${(100 * points.progress).toFixed(0)} %`}
        </button>
      </fieldset>
    </div>
  );
}
