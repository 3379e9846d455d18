import { useState } from "preact/hooks";
import { counted } from "../../src/counted.ts";
import { clock } from "../audio/times.ts";
import { type Recording, type Run, secondsOf } from "../session/recording.ts";
import { partOf } from "../session/runs.ts";
import type { View } from "../session/view.ts";
import { useVirtual } from "./virtual.ts";

/** Height of a recording in the list, as the style sheet has it. */
const ROW = 52;

const STATES: Readonly<Record<Run["state"] | "none", string>> = {
  none: "not embedded",
  waiting: "waiting",
  running: "running",
  done: "done",
  stopped: "stopped",
  failed: "failed",
};

/** All recordings with what has become of them. */
export function RecordingsPanel({ view }: { view: View }) {
  const { session } = view;
  const [filter, setFilter] = useState("");
  const words = filter.trim().toLowerCase();
  const all = session.recordings;
  const listed = words === "" ? all : all.filter(({ name }) => name.toLowerCase().includes(words));
  const [frame, first, last] = useVirtual<HTMLElement>(listed.length, ROW);
  return (
    <>
      <div class="panel-head">
        <h2 id="recordings-title">{counted(all.length, "recording")}</h2>
        {all.length > 1 && (
          <button
            type="button"
            class="plain all"
            aria-label="Clear all recordings"
            title="Removes all from the page; labels are kept"
            onClick={() => {
              const sure = `Remove all ${all.length} recordings from the page? Labels are kept in this browser.`;
              if (!confirm(sure)) return;
              view.silence();
              view.clear();
              session.removeAll();
            }}
          >
            Clear
          </button>
        )}
      </div>
      {all.length > 8 && (
        <input
          type="search"
          placeholder="Find by name"
          aria-label="Find recordings by name"
          value={filter}
          onInput={({ currentTarget }) => setFilter(currentTarget.value)}
        />
      )}
      <section ref={frame} class="list" tabIndex={listed.length > 0 ? 0 : undefined} aria-label="All recordings">
        <ul style={{ height: `${listed.length * ROW}px` }}>
          {listed.slice(first, last).map((recording, at) => (
            <Row key={recording.id} view={view} recording={recording} top={(first + at) * ROW} />
          ))}
        </ul>
      </section>
    </>
  );
}

function Row({ view, recording, top }: { view: View; recording: Recording; top: number }) {
  const { session, labels } = view;
  const runs = [...recording.runs.values()];
  const state = worst(runs);
  const run = runs.find(({ state }) => state === "running");
  const windows = recording.results.get(view.model)?.windows ?? 0;
  const said = labels.of(recording.id).length;
  const seconds = secondsOf(recording);
  const facts = [
    seconds > 0 ? clock(seconds) : undefined,
    windows > 0 ? counted(windows, "window") : undefined,
    run === undefined ? stateWords(state, windows) : timeLeft(recording, run),
    said > 0 ? counted(said, "label") : undefined,
  ];
  const open = session.shown === recording;
  return (
    <li
      class={`recording ${state === "none" && windows > 0 ? "done" : state}${open ? " open" : ""}`}
      style={{ top: `${top}px` }}
    >
      <button
        type="button"
        class="row"
        aria-current={open ? "true" : undefined}
        onClick={() => view.open(recording)}
        title={recording.name}
      >
        <span class="name">{recording.name}</span>
        <span class="facts">{facts.filter((fact) => fact !== undefined).join(" · ")}</span>
      </button>
      {run !== undefined && (
        <progress
          max={1}
          aria-label={`${recording.name} through ${run.model}`}
          {...(recording.live ? {} : { value: partOf(recording, run) })}
        />
      )}
      <button
        type="button"
        class="remove"
        aria-label={run === undefined ? `Remove ${recording.name}` : `Stop ${recording.name}`}
        title={run === undefined ? "Remove it from the page; its labels are kept" : "Stop; what has come is kept"}
        onClick={() => {
          if (run === undefined) {
            if (view.playback.heard === recording) view.silence();
            view.clear();
            session.remove(recording);
          } else if (recording.live) session.stopLive();
          else session.runs.stop(recording);
        }}
      >
        {run === undefined ? "×" : "■"}
      </button>
    </li>
  );
}

/** What has become of it, where that needs saying. */
function stateWords(state: keyof typeof STATES, windows: number): string | undefined {
  return state === "done" || (state === "none" && windows > 0) ? undefined : STATES[state];
}

function worst(runs: readonly Run[]): Run["state"] | "none" {
  for (const state of ["running", "failed", "waiting", "stopped", "done"] as const) {
    if (runs.some((run) => run.state === state)) return state;
  }
  return "none";
}

function timeLeft(recording: Recording, run: Run): string {
  const part = partOf(recording, run);
  if (part < 0.02) return "running";
  const left = ((performance.now() - run.began) / 1000) * (1 / part - 1);
  return left < 1 ? "running" : `${clock(left)} left`;
}
