import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { clock } from "../audio/times.ts";
import { curvesOf } from "../session/curves.ts";
import { BY_READER, type Recording, secondsOf } from "../session/recording.ts";
import type { Selection, View } from "../session/view.ts";
import { hertzText } from "../spectrogram/frequency-scale.ts";
import { type Lanes, layoutOf, pointerWords } from "../views/sound-view.ts";
import { onFrame, prepared, useSize } from "./hooks.ts";
import { Menu } from "./menu.tsx";
import { PictureMenu } from "./picture-menu.tsx";
import { SoundStage } from "./sound-stage.ts";

/** The open recording over time: its spectrogram to read, mark and hear. */
export function SpectrogramPanel({
  view,
  recording,
  lanes,
  setLanes,
}: {
  view: View;
  recording: Recording;
  lanes: Lanes;
  setLanes: (lanes: Lanes) => void;
}) {
  const stage = useMemo(() => new SoundStage(view), [view]);
  const { sound, start } = recording;
  const facts = [
    sound === undefined ? undefined : `${Number((sound.rate / 1000).toPrecision(4))} kHz`,
    clock(secondsOf(recording), 1),
    start === undefined ? undefined : `${start.toISOString().slice(0, 19).replace("T", " ")} UTC`,
  ];
  const playing = view.playback.player.playing !== undefined;
  const { selection } = view;
  const { hearing } = view.playback;
  const hear = (change: Partial<typeof hearing>) => {
    view.playback.hearing = { ...hearing, ...change };
    view.silence();
    view.session.changed();
  };
  return (
    <>
      <div class="panel-head">
        <h2 id="sound-title" title={recording.name}>
          {recording.name}
        </h2>
        <span class="facts">{facts.filter((fact) => fact !== undefined).join(" · ")}</span>
        {selection !== undefined && <span class="facts drawn">{boxWords(selection)}</span>}
        <Menu label="Began …" small>
          <label class="field">
            When it began, UTC
            <input
              type="datetime-local"
              step={1}
              value={start?.toISOString().slice(0, 19) ?? ""}
              onChange={({ currentTarget }) => {
                recording.start = currentTarget.value === "" ? undefined : new Date(`${currentTarget.value}Z`);
                recording.startBy = BY_READER;
                view.session.changed();
              }}
            />
          </label>
          {recording.startBy !== undefined && <p class="hint">Known by: {recording.startBy}</p>}
        </Menu>
      </div>
      <div class="tools" role="toolbar" aria-label="Sound and picture">
        <button
          type="button"
          class="strong play"
          onClick={() => stage.play()}
          title="Plays the selection, the window, or what is shown (Space)"
        >
          {playing ? "■ Stop" : "▶ Play"}
        </button>
        <button
          type="button"
          aria-pressed={hearing.loop}
          title="Begin anew at the end"
          onClick={() => hear({ loop: !hearing.loop })}
        >
          ⟳ Loop
        </button>
        <select
          aria-label="Speed"
          value={`${hearing.speed} ${hearing.keepPitch}`}
          onChange={({ currentTarget }) => {
            const [speed, keep] = currentTarget.value.split(" ");
            hear({ speed: Number(speed), keepPitch: keep === "true" });
          }}
        >
          <option value="1 true">Speed 1</option>
          <option value="0.5 true">½, same pitch</option>
          <option value="0.25 true">¼, same pitch</option>
          <option value="0.5 false">½, lower</option>
          <option value="0.25 false">¼, lower</option>
        </select>
        <button
          type="button"
          aria-pressed={view.playback.bandPass}
          disabled={selection?.low === undefined}
          title={
            selection?.low === undefined
              ? "Draw a box first: only its band is heard then"
              : "Only the box' band is heard"
          }
          onClick={() => {
            view.playback.bandPass = !view.playback.bandPass;
            view.silence();
            view.session.changed();
          }}
        >
          Band
        </button>
        <fieldset class="choice">
          <legend class="hidden">Scale of time</legend>
          <button type="button" aria-label="Farther" title="Farther (−)" onClick={() => stage.zoom(1 / 1.6)}>
            −
          </button>
          <button type="button" aria-label="Nearer" title="Nearer (+, or the wheel)" onClick={() => stage.zoom(1.6)}>
            +
          </button>
          <button type="button" title="The whole recording (0)" onClick={() => stage.whole()}>
            All
          </button>
        </fieldset>
        <PictureMenu view={view} recording={recording} lanes={lanes} setLanes={setLanes} />
      </div>
      <Stage view={view} recording={recording} lanes={lanes} stage={stage} />
    </>
  );
}

/** What the box is of. */
function boxWords({ start, end, low, high }: Selection): string {
  const band = low === undefined || high === undefined ? "" : `, ${hertzText(low)} to ${hertzText(high)}`;
  return `${(end - start).toFixed(2)} s${band}`;
}

function Stage({
  view,
  recording,
  lanes,
  stage,
}: {
  view: View;
  recording: Recording;
  lanes: Lanes;
  stage: SoundStage;
}) {
  const [frame, width, height] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<readonly [number, number] | undefined>();
  stage.recording = recording;
  stage.layout = layoutOf(width, height, lanes, curvesOf(view, recording).length);
  const size = useRef([width, height] as const);
  size.current = [width, height];
  const paint = useMemo(
    () =>
      onFrame(() => {
        const [across, down] = size.current;
        const context = canvas.current === null ? undefined : prepared(canvas.current, across, down);
        if (context !== undefined) stage.paint(context);
      }),
    [stage],
  );
  stage.changed = paint;
  useLayoutEffect(paint);
  useEffect(() => view.session.subscribe(paint), [view]);
  useEffect(() => followPlayhead(view, stage, paint), [view, stage]);
  useEffect(() => {
    // A listener that may keep the page from zooming; preact's are passive for wheels.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      stage.wheel(event, placeOf(event, frame.current));
    };
    const element = frame.current;
    element?.addEventListener("wheel", wheel, { passive: false });
    return () => element?.removeEventListener("wheel", wheel);
  }, [stage]);
  const [from, to] = view.span(recording);
  const point = view.cursor === undefined ? undefined : view.points.at(view.cursor);
  const at = point?.recording === recording ? (point.result.starts[point.window] as number) : from;
  const words =
    hover === undefined
      ? `${clock(from, 1)} to ${clock(to, 1)}`
      : pointerWords(recording, Math.max(0, stage.seconds(hover[0])), stage.hertz(hover[1]));
  return (
    <>
      <div
        ref={frame}
        class="sound-stage"
        role="slider"
        tabIndex={0}
        aria-label={`${recording.name} over time. Arrows step through the windows, Enter plays, plus and minus zoom, Shift with arrows moves, Escape clears.`}
        aria-valuemin={0}
        aria-valuemax={Number(secondsOf(recording).toFixed(2))}
        aria-valuenow={Number(at.toFixed(2))}
        aria-valuetext={`${clock(at, 2)}; ${clock(from, 1)} to ${clock(to, 1)} is shown`}
        onKeyDown={(event) => stage.key(event) && event.preventDefault()}
        onPointerDown={(event) => {
          if (event.button > 1) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          stage.down(event.pointerId, placeOf(event, frame.current), {
            touch: event.pointerType === "touch",
            push: event.button === 1,
          });
        }}
        onPointerMove={(event) => {
          stage.move(event.pointerId, placeOf(event, frame.current));
          if (event.pointerType !== "mouse") return;
          const place = placeOf(event, frame.current);
          event.currentTarget.style.cursor = stage.line(place) === undefined ? "" : "ns-resize";
          setHover(place);
        }}
        onPointerUp={(event) => stage.up(event.pointerId)}
        onPointerCancel={(event) => stage.drop(event.pointerId)}
        onPointerLeave={() => setHover(undefined)}
      >
        <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />
      </div>
      <p class="pointer" aria-hidden="true">
        {words}
      </p>
    </>
  );
}

function placeOf(event: MouseEvent, element: HTMLElement | null): readonly [number, number] {
  const box = element?.getBoundingClientRect();
  return [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)];
}

/** While something is heard, paints every frame and keeps the playhead in sight. */
function followPlayhead(view: View, stage: SoundStage, paint: () => void): () => void {
  let id = 0;
  const step = () => {
    id = 0;
    if (view.playback.player.playing === undefined) return;
    const position = view.playback.heard === stage.recording ? view.playback.player.position : undefined;
    const [from, to] = view.span(stage.recording);
    if (position !== undefined && (position < from || position > to)) {
      view.setSpan(stage.recording, [position - 0.05 * (to - from), position + 0.95 * (to - from)]);
    }
    paint();
    id = requestAnimationFrame(step);
  };
  const stop = view.session.subscribe(() => {
    if (id === 0 && view.playback.player.playing !== undefined) id = requestAnimationFrame(step);
  });
  return () => {
    stop();
    cancelAnimationFrame(id);
  };
}
