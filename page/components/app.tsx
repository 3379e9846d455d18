import { useEffect, useMemo, useRef } from "preact/hooks";
import { counted } from "../../src/counted.ts";
import { closeBundle, openDropped } from "../session/opening.ts";
import { BY_READER, type Recording, type Session } from "../session/session.ts";
import { View } from "../session/view.ts";
import { ExportPanel } from "./export-panel.tsx";
import { useSession } from "./hooks.ts";
import { Failures, SeededNotice } from "./notices.tsx";
import { ScatterControls, ScatterPanel } from "./scatter-panel.tsx";
import { SelectionPanel } from "./selection-panel.tsx";
import { SourcePanel } from "./source-panel.tsx";
import { TimelinePanel } from "./timeline-panel.tsx";
import { Viewer } from "./viewer/viewer.tsx";

export function App({ session }: { session: Session }) {
  useSession(session);
  const view = useMemo(() => new View(session), [session]);
  const span = useRef<readonly [number, number]>([0, 1]);
  useEffect(() => onDrop(view), [view]);
  const recording = session.shown;
  // What has come is shown, rather than the emptiness of a model that comes later.
  if (view.points.count === 0 && view.models[0] !== undefined) view.model = view.models[0];
  return (
    <>
      <header>
        <h1>
          <Fin /> orca-embeddings
        </h1>
        <nav aria-label="Pages">
          <a href="docs">HTTP interface</a>
        </nav>
      </header>
      <main>
        {session.bundle === undefined && <SourcePanel view={view} />}
        <Failures session={session} />
        {session.bundle !== undefined && (
          <Viewer bundle={session.bundle} session={session} close={() => closeBundle(session)} />
        )}
        {session.bundle === undefined && <SeededNotice session={session} />}
        {session.bundle === undefined && recording !== undefined && recording.results.size > 0 && (
          <>
            <section class="panel" aria-labelledby="over-time">
              <h2 id="over-time">Over time</h2>
              <TimelineControls view={view} recording={recording} />
              <TimelinePanel view={view} recording={recording} span={span} />
            </section>
            <div class="two">
              <section class="panel" aria-labelledby="windows">
                <h2 id="windows">{counted(view.points.count, "window")}</h2>
                <ScatterControls view={view} />
                {view.points.count > 0 && <ScatterPanel view={view} />}
              </section>
              <section class="panel selection" aria-labelledby="selection">
                <h2 id="selection">Up close</h2>
                <SelectionPanel view={view} />
              </section>
            </div>
            <ExportPanel view={view} recording={recording} span={span} />
          </>
        )}
      </main>
    </>
  );
}

/** Takes files that are dropped anywhere on the page. */
function onDrop(view: View): () => void {
  const drag = (event: DragEvent) => event.preventDefault();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    if (event.dataTransfer !== null) void openDropped(view, event.dataTransfer);
  };
  addEventListener("dragover", drag);
  addEventListener("drop", drop);
  return () => {
    removeEventListener("dragover", drag);
    removeEventListener("drop", drop);
  };
}

function TimelineControls({ view, recording }: { view: View; recording: Recording }) {
  const { session } = view;
  const playing = view.player.playing !== undefined;
  const zoom = (factor: number | undefined) => {
    view.zoom = factor === undefined ? 0 : Math.min(400, Math.max(1, (view.zoom ?? 24) || 12) * factor);
    session.changed();
  };
  const from = view.cursor === undefined ? 0 : (startOfCursor(view, recording) ?? 0);
  return (
    <div class="tools">
      {session.recordings.length > 1 && (
        <label>
          Recording{" "}
          <select
            value={session.recordings.indexOf(recording)}
            onChange={({ currentTarget }) => session.show(session.recordings[Number(currentTarget.value)] as Recording)}
          >
            {session.recordings.map(({ name }, at) => (
              <option key={`${at} ${name}`} value={at}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <button
        type="button"
        disabled={recording.sound === undefined}
        onClick={() => (playing ? view.silence() : void view.hearFrom(from))}
      >
        {playing ? "■ Stop" : "▶ Play"}
      </button>
      <fieldset class="choice">
        <legend class="hidden">Scale of time</legend>
        <button type="button" aria-label="Less detail" onClick={() => zoom(0.5)}>
          −
        </button>
        <button type="button" aria-label="More detail" onClick={() => zoom(2)}>
          +
        </button>
        <button type="button" onClick={() => zoom(undefined)}>
          All
        </button>
      </fieldset>
      <label title={recording.start === undefined ? undefined : recording.startBy}>
        Began, UTC{" "}
        <input
          type="datetime-local"
          step={1}
          value={recording.start?.toISOString().slice(0, 19) ?? ""}
          onChange={({ currentTarget }) => {
            recording.start = currentTarget.value === "" ? undefined : new Date(`${currentTarget.value}Z`);
            recording.startBy = BY_READER;
            session.changed();
          }}
        />
      </label>
    </div>
  );
}

function startOfCursor(view: View, recording: Recording): number | undefined {
  const point = view.cursor === undefined ? undefined : view.points.at(view.cursor);
  return point?.recording === recording ? point.result.starts[point.window] : undefined;
}

function Fin() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <path d="M6 23C10 20 11 9 19 4c-1 7 1 14 7 19z" />
      <path class="water" d="M2 26q3.5-3 7 0t7 0 7 0 7 0" />
    </svg>
  );
}
