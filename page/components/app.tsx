import { useEffect, useState } from "preact/hooks";
import { counted } from "../../src/counted.ts";
import { openDropped } from "../session/opening.ts";
import type { Session } from "../session/session.ts";
import type { View } from "../session/view.ts";
import type { Lanes } from "../views/sound-view.ts";
import { Drawer } from "./drawer.tsx";
import { Empty } from "./empty.tsx";
import { useSession } from "./hooks.ts";
import { Listening } from "./hydrophones.tsx";
import { onKeys } from "./keys.ts";
import { type Edge, useLayout } from "./layout.ts";
import { Failures, SeededNotice } from "./notices.tsx";
import { RecordingsPanel } from "./recordings-panel.tsx";
import { ScatterControls, ScatterPanel } from "./scatter-panel.tsx";
import { SelectionPanel } from "./selection-panel.tsx";
import { SpectrogramPanel } from "./spectrogram-panel.tsx";
import { Splitter } from "./splitter.tsx";
import { TopBar } from "./top-bar.tsx";

/** The parts of the screen that a phone shows one at a time. */
const TABS = [
  ["recordings", "Recordings"],
  ["sound", "Sound"],
  ["plane", "Plane"],
  ["lists", "Lists"],
] as const;
type Tab = (typeof TABS)[number][0];

export function App({ view }: { view: View }) {
  const { session } = view;
  useSession(session);
  useEffect(() => onDrop(view), [view]);
  useEffect(() => onKeys(view), [view]);
  useEffect(() => beforeLeaving(view), [view]);
  useEffect(() => onScheme(session), [session]);
  // What has come is shown, rather than the emptiness of a model that comes later.
  if (view.points.count === 0 && view.models[0] !== undefined) view.model = view.models[0];
  return (
    <>
      <TopBar view={view} />
      <Failures session={session} />
      {session.recordings.length === 0 ? <Empty view={view} /> : <Bench view={view} />}
    </>
  );
}

/** The one screen: recordings, sound, plane and selection, lists. */
function Bench({ view }: { view: View }) {
  const { session } = view;
  const { sizes, resize, fold } = useLayout();
  const [tab, setTab] = useState<Tab>("sound");
  const [lanes, setLanes] = useState<Lanes>({ scores: true, picture: false, embeddings: false });
  const recording = session.shown;
  const size = (edge: Edge) => (sizes.folded.includes(edge) ? (edge === "drawer" ? 40 : 34) : sizes[edge]);
  const folder = (edge: Edge, name: string) => {
    const folded = sizes.folded.includes(edge);
    const arrow = { left: folded ? "›" : "‹", right: folded ? "‹" : "›", drawer: folded ? "▴" : "▾" }[edge];
    return (
      <button
        type="button"
        class="fold"
        aria-expanded={!folded}
        aria-label={`${name}: ${folded ? "unfold" : "fold"}`}
        onClick={() => fold(edge)}
      >
        {arrow}
      </button>
    );
  };
  return (
    <>
      <main
        class="bench"
        data-tab={tab}
        style={{ "--left": `${size("left")}px`, "--right": `${size("right")}px`, "--drawer": `${size("drawer")}px` }}
      >
        <section
          class={`panel left${sizes.folded.includes("left") ? " folded" : ""}`}
          aria-labelledby="recordings-title"
        >
          {folder("left", "Recordings")}
          <RecordingsPanel view={view} />
          <Listening view={view} />
        </section>
        <Splitter edge="left" size={sizes.left} resize={(to) => resize("left", to)} />
        <section class="panel sound" aria-labelledby="sound-title">
          {recording !== undefined && (
            <SpectrogramPanel view={view} recording={recording} lanes={lanes} setLanes={setLanes} />
          )}
        </section>
        <Splitter edge="right" size={sizes.right} resize={(to) => resize("right", to)} />
        <div class={`aside${sizes.folded.includes("right") ? " folded" : ""}`}>
          <section class="panel plane" aria-labelledby="plane-title">
            <div class="panel-head">
              {folder("right", "Plane")}
              <h2 id="plane-title">{counted(view.points.count, "window")}</h2>
              <ScatterControls view={view} />
            </div>
            {view.points.count > 0 ? (
              <ScatterPanel view={view} />
            ) : (
              <p class="hint">Windows appear here as they come.</p>
            )}
            <SeededNotice session={session} />
          </section>
          <section class="panel selection" aria-label="What is marked">
            <SelectionPanel view={view} />
          </section>
        </div>
        <Splitter edge="drawer" size={sizes.drawer} resize={(to) => resize("drawer", to)} />
        <section class={`panel drawer${sizes.folded.includes("drawer") ? " folded" : ""}`} aria-label="Lists">
          <Drawer view={view} fold={folder("drawer", "Lists")} />
        </section>
      </main>
      <nav class="phone-tabs" aria-label="Parts of the screen">
        {TABS.map(([one, name]) => (
          <button key={one} type="button" aria-current={tab === one ? "page" : undefined} onClick={() => setTab(one)}>
            {name}
          </button>
        ))}
      </nav>
    </>
  );
}

/** Takes files that are dropped anywhere on the page. */
function onDrop(view: View): () => void {
  const over = (event: DragEvent) => {
    event.preventDefault();
    document.body.classList.add("over");
  };
  const leave = (event: DragEvent) => {
    if (event.relatedTarget === null) document.body.classList.remove("over");
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    document.body.classList.remove("over");
    if (event.dataTransfer !== null) void openDropped(view, event.dataTransfer);
  };
  addEventListener("dragover", over);
  addEventListener("dragleave", leave);
  addEventListener("drop", drop);
  return () => {
    removeEventListener("dragover", over);
    removeEventListener("dragleave", leave);
    removeEventListener("drop", drop);
  };
}

/** Canvases are drawn anew in the other colours. */
function onScheme(session: Session): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const changed = () => session.changed();
  dark.addEventListener("change", changed);
  return () => dark.removeEventListener("change", changed);
}

/** Labels that are not on the disk yet, and recordings that are under way, are not left without a question. */
function beforeLeaving(view: View): () => void {
  const ask = (event: BeforeUnloadEvent) => {
    if (view.labels.unsaved || view.session.runs.left > 0) event.preventDefault();
  };
  addEventListener("beforeunload", ask);
  return () => removeEventListener("beforeunload", ask);
}
