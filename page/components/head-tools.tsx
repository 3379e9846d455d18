import { useRef } from "preact/hooks";
import { counted } from "../../src/counted.ts";
import { save } from "../exports/files.ts";
import { detectionsOf, EVENT_FORMATS, type EventFormat, eventsFile } from "../heads/take-away.ts";
import { openChosen } from "../session/opening.ts";
import type { View } from "../session/view.ts";
import { troubleIn } from "../teller.ts";
import { labelColour } from "../views/label-colour.ts";
import { Menu } from "./menu.tsx";

/** Training, and the head in and out. */
export function HeadTools({ view }: { view: View }) {
  const { detector, session } = view;
  const { head, training } = detector;
  const input = useRef<HTMLInputElement>(null);
  return (
    <div class="tools">
      <button
        type="button"
        class="strong"
        disabled={training}
        title="Learns the labels that are here (T)"
        onClick={() => void detector.train()}
      >
        {training ? "Learning …" : head === undefined ? "Train" : "Train again"}
      </button>
      <Menu label="Head">
        <button
          type="button"
          disabled={head === undefined}
          title="With the thresholds as they are now: orca-embed detect, extract and follow take it"
          onClick={() => {
            if (head === undefined) return;
            save(new Blob([head.text], { type: "application/json" }), `${head.id}.json`);
            session.say(`The head is in ${head.id}.json, with its thresholds.`);
          }}
        >
          Save as a file
        </button>
        <button type="button" onClick={() => input.current?.click()}>
          Open a file …
        </button>
        <button
          type="button"
          disabled={head === undefined}
          title="Every window by how probable it is, also below the threshold"
          onClick={() => {
            if (head === undefined) return;
            view.hits.findBy(head, detector.at);
          }}
        >
          Rank all windows
        </button>
      </Menu>
      <ExportMenu view={view} />
      <input
        ref={input}
        class="hidden"
        type="file"
        accept=".json"
        tabIndex={-1}
        aria-label="A head"
        onChange={({ currentTarget }) => {
          void openChosen(view, [...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </div>
  );
}

/** The labels that are learned, where there is a choice. */
export function Learned({ view }: { view: View }) {
  const { detector, session } = view;
  const { learnable, left } = detector;
  if (learnable.length < 2) return null;
  return (
    <fieldset class="learned">
      <legend>Learned</legend>
      {learnable.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={!left.has(name)}
            onChange={() => {
              const next = new Set(left);
              if (!next.delete(name)) next.add(name);
              detector.left = next;
              session.changed();
            }}
          />
          <span class="dot" style={{ background: labelColour(view, name) }} /> {name}
        </label>
      ))}
    </fieldset>
  );
}

/** When windows make an event. */
export function EventTools({ view }: { view: View }) {
  const { detector } = view;
  const { rule } = detector.head ?? {};
  if (rule === undefined) return null;
  const field = (name: string, title: string, of: "gap" | "shortest") => (
    <label class="field" title={title}>
      {name}
      <input
        type="number"
        min={0}
        step={0.5}
        value={rule[of]}
        onChange={({ currentTarget }) => {
          const seconds = Number(currentTarget.value);
          if (seconds >= 0) detector.setRule({ [of]: seconds });
        }}
      />
    </label>
  );
  return (
    <div class="pair">
      {field("Bridge gaps of, s", "Two parts of one event that lie no farther apart", "gap")}
      {field("Lasts at least, s", "What is shorter is no event", "shortest")}
    </div>
  );
}

function ExportMenu({ view }: { view: View }) {
  const { detector, session } = view;
  const { head } = detector;
  const take = async (format: EventFormat) => {
    if (head === undefined) return;
    try {
      const { detections, rejected } = detectionsOf(detector);
      const { blob, name } = await eventsFile(detections, format, head.id, session.runs.pipelines.heads);
      save(blob, name);
      const without = rejected === 0 ? "" : ` Without ${counted(rejected, "event")} that you rejected.`;
      session.say(`${counted(detections.length, "event")} are in ${name}.${without}`);
    } catch (thrown) {
      session.fail("Events", { ...troubleIn(thrown), title: "The events cannot be written" });
    }
  };
  return (
    <Menu label="Export">
      {(Object.entries(EVENT_FORMATS) as [EventFormat, string][]).map(([format, name]) => (
        <button key={format} type="button" disabled={!detector.ready} onClick={() => void take(format)}>
          {name}
        </button>
      ))}
    </Menu>
  );
}
