import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { counted } from "../../src/counted.ts";
import { clock, wallClock } from "../audio/times.ts";
import type { Recording } from "../session/session.ts";
import type { View } from "../session/view.ts";
import { GUTTER, type Heights, type Marks } from "../views/timeline.ts";
import { onFrame, prepared, useWidth } from "./hooks.ts";

const WIDE: Heights = { wave: 56, spectrogram: 120, embedding: 72 };
const NARROW: Heights = { wave: 40, spectrogram: 88, embedding: 52 };
/** A recording longer than the panel starts at this many pixels a second. */
const START_ZOOM = 24;

export function heightsFor(width: number): Heights {
  return width < 600 ? NARROW : WIDE;
}

/** The marks of the view that fall on a recording. */
export function marksOf(view: View, recording: Recording): Marks {
  const selected = new Set<number>();
  for (const point of view.selected) {
    const found = view.points.at(point);
    if (found?.recording === recording) selected.add(found.window);
  }
  const cursor = view.cursor === undefined ? undefined : view.points.at(view.cursor);
  return {
    model: view.model,
    selected,
    cursor: cursor?.recording === recording ? cursor.window : undefined,
    playhead: view.heard === recording ? view.player.position : undefined,
  };
}

/** The part of time that the panel shows, for pictures of the view. */
export interface Span {
  current: readonly [number, number];
}

export function TimelinePanel({ view, recording, span }: { view: View; recording: Recording; span: Span }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<number | undefined>();
  const { timeline } = view;
  const seconds = timeline.seconds(recording);
  const heights = heightsFor(width);
  const height = timeline.height(recording, heights);
  const inner = Math.max(1, width - GUTTER);
  const fit = inner / seconds;
  const zoom = Math.max(fit, view.zoom ?? START_ZOOM);

  const state = useRef({ width, height, heights, zoom, inner, recording });
  state.current = { width, height, heights, zoom, inner, recording };
  const paint = useMemo(
    () =>
      onFrame(() => {
        const [element, box] = [canvas.current, frame.current];
        if (element === null || box === null) return;
        const { width, height, heights, zoom, inner, recording } = state.current;
        const from = box.scrollLeft / zoom;
        span.current = [from, from + inner / zoom];
        const context = prepared(element, width, height);
        if (context === undefined) return;
        timeline.paint(
          context,
          { x: 0, y: 0, width, height },
          recording,
          heights,
          span.current,
          marksOf(view, recording),
        );
      }),
    [view],
  );
  useLayoutEffect(() => {
    // A live stream is followed to its end.
    if (view.session.live && frame.current !== null) frame.current.scrollLeft = frame.current.scrollWidth;
    paint();
  });
  useEffect(() => view.session.subscribe(paint), [view]);
  useEffect(() => followPlayhead(view, frame, state, paint), [view]);
  useEffect(() => bringIntoView(view, frame.current, state.current), [view.cursor, recording]);

  const timeOf = (event: MouseEvent) => {
    const box = frame.current as HTMLDivElement;
    return (box.scrollLeft + event.clientX - box.getBoundingClientRect().left - GUTTER) / zoom;
  };
  const pick = (event: MouseEvent) => {
    const point = view.pointAtTime(timeOf(event));
    if (point === undefined) return;
    view.look(point);
    void view.hear([point]);
  };
  const at = hover ?? (view.cursor === undefined ? undefined : cursorSeconds(view, recording));
  return (
    <>
      <section
        ref={frame}
        class="timeline"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        aria-label={`${recording.name} over time; scrolls sideways`}
        onScroll={paint}
      >
        <div class="spacer" style={{ width: `${GUTTER + seconds * zoom}px`, height: `${height}px` }}>
          <canvas
            ref={canvas}
            role="img"
            aria-label={describe(recording, seconds)}
            style={{ width: `${width}px`, height: `${height}px` }}
            onClick={pick}
            onPointerMove={(event) => event.pointerType === "mouse" && setHover(Math.max(0, timeOf(event)))}
            onPointerLeave={() => setHover(undefined)}
          />
        </div>
      </section>
      <p class="times" aria-hidden={hover !== undefined}>
        {at === undefined ? `0:00 – ${clock(seconds, 1)} min:s` : <Times seconds={at} start={recording.start} />}
      </p>
    </>
  );
}

function Times({ seconds, start }: { seconds: number; start: Date | undefined }) {
  if (start === undefined) return <>{clock(seconds, 2)} min:s into the recording</>;
  const { utc, local } = wallClock(start, seconds);
  return (
    <>
      {clock(seconds, 2)} min:s · {utc} · {local} here
    </>
  );
}

function cursorSeconds(view: View, recording: Recording): number | undefined {
  const found = view.cursor === undefined ? undefined : view.points.at(view.cursor);
  return found?.recording === recording ? found.result.starts[found.window] : undefined;
}

function describe(recording: Recording, seconds: number): string {
  const models = [...recording.results]
    .map(([model, { windows }]) => `${counted(windows, "window")} of ${model}`)
    .join(", ");
  return `Waveform, spectrograms and embeddings of ${recording.name}, ${clock(seconds, 1)}: ${models || "nothing yet"}.`;
}

type State = { current: { readonly zoom: number; readonly inner: number; readonly recording: Recording } };

/** While something is heard, paints every frame and keeps the playhead in sight. */
function followPlayhead(view: View, frame: { current: HTMLDivElement | null }, state: State, paint: () => void) {
  let id = 0;
  const step = () => {
    id = 0;
    const position = view.heard === state.current.recording ? view.player.position : undefined;
    if (view.player.playing === undefined) return;
    const box = frame.current;
    const { zoom, inner } = state.current;
    if (position !== undefined && box !== null) {
      const x = position * zoom - box.scrollLeft;
      if (x < 0 || x > inner * 0.9) box.scrollLeft = position * zoom - inner * 0.1;
    }
    paint();
    id = requestAnimationFrame(step);
  };
  const stop = view.session.subscribe(() => {
    if (id === 0 && view.player.playing !== undefined) id = requestAnimationFrame(step);
  });
  return () => {
    stop();
    cancelAnimationFrame(id);
  };
}

function bringIntoView(view: View, box: HTMLDivElement | null, { zoom, inner, recording }: State["current"]): void {
  const seconds = cursorSeconds(view, recording);
  if (box === null || seconds === undefined) return;
  const x = seconds * zoom - box.scrollLeft;
  if (x < 0 || x > inner - 40) box.scrollLeft = seconds * zoom - inner / 2;
}
