import { useRef } from "preact/hooks";
import { ANNOTATION_FORMATS, type Annotation } from "../../src/labels/index.ts";
import { clock } from "../audio/times.ts";
import { save } from "../exports/files.ts";
import { exportLabels, FORMAT_NAMES, importLabels } from "../labels/tables.ts";
import type { Recording } from "../session/recording.ts";
import type { View } from "../session/view.ts";
import { hertzText } from "../spectrogram/frequency-scale.ts";
import { labelColour } from "../views/label-colour.ts";
import { labelName } from "../views/label-name.ts";
import { Menu } from "./menu.tsx";
import { useVirtual } from "./virtual.ts";

const ROW = 34;

/** All labels, to go to, and their tables. */
export function LabelsTable({ view }: { view: View }) {
  const { labels, session } = view;
  const input = useRef<HTMLInputElement>(null);
  const recordings = new Map(session.recordings.map((recording) => [recording.id, recording]));
  const all = session.recordings.flatMap(({ id }) => labels.of(id));
  const [frame, first, last] = useVirtual<HTMLElement>(all.length, ROW);
  return (
    <div class="hits">
      <div class="hits-tools">
        <label class="field">
          Your name, as labels have it
          <input
            value={view.naming.by}
            onChange={({ currentTarget }) => view.naming.setBy(currentTarget.value.trim() || "me")}
          />
        </label>
        <label class="field">
          Names of the keys 1 to 9, with commas
          <input
            value={view.naming.names.join(", ")}
            onChange={({ currentTarget }) =>
              view.naming.set(
                currentTarget.value
                  .split(",")
                  .map((name) => name.trim())
                  .filter((name) => name !== ""),
              )
            }
          />
        </label>
        <div class="tools">
          <Menu label="Export">
            {ANNOTATION_FORMATS.map((format) => (
              <button
                key={format}
                type="button"
                disabled={all.length === 0}
                onClick={() => {
                  const { blob, name, left } = exportLabels(all, recordings, format);
                  save(blob, name);
                  session.say(
                    left === 0
                      ? `${all.length} labels are in ${name}.`
                      : `${all.length - left} labels are in ${name}; ${left} that are not positive have no place there.`,
                  );
                }}
              >
                {FORMAT_NAMES[format]}
              </button>
            ))}
          </Menu>
          <button type="button" disabled={session.recordings.length === 0} onClick={() => input.current?.click()}>
            Import …
          </button>
          <input
            ref={input}
            class="hidden"
            type="file"
            tabIndex={-1}
            aria-label="A table of labels"
            onChange={async ({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file !== undefined) await importLabels(view, file);
              currentTarget.value = "";
            }}
          />
        </div>
      </div>
      {all.length === 0 ? (
        <p class="hint">
          Nothing is labelled yet. Mark something, and press a key from 1 to 9. Labels are kept in this browser, and are
          there again when the same recordings are.
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <section ref={frame} class="list" tabIndex={0} aria-label="Labels">
          <ul style={{ height: `${all.length * ROW}px` }}>
            {all.slice(first, last).map((annotation, at) => (
              <LabelRow
                key={`${annotation.recording} ${annotation.start} ${annotation.label} ${annotation.kind} ${annotation.by}`}
                view={view}
                annotation={annotation}
                recording={recordings.get(annotation.recording) as Recording}
                top={(first + at) * ROW}
              />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function LabelRow({
  view,
  annotation,
  recording,
  top,
}: {
  view: View;
  annotation: Annotation;
  recording: Recording;
  top: number;
}) {
  const { start, end, low, high, note } = annotation;
  const go = () => {
    view.open(recording);
    view.draw({ start, end, low, high });
    view.bring(recording, start, end);
    void view.hearFrom(start, end);
  };
  return (
    <li class="label-row" style={{ top: `${top}px` }}>
      <button type="button" class="plain where" onClick={go}>
        <span class="dot" style={{ background: labelColour(view, annotation.label) }} />
        <b>{labelName(annotation)}</b>
        <span>
          {clock(start, 2)} – {clock(end, 2)}
        </span>
        <span class="file">{recording.name}</span>
        <span>
          {low === undefined && high === undefined
            ? ""
            : `${hertzText(low ?? 0)} – ${high === undefined ? "" : hertzText(high)}`}
        </span>
        <span>{annotation.by}</span>
        <span class="note">{note ?? ""}</span>
      </button>
      <button
        type="button"
        class="remove"
        aria-label={`Remove the label ${labelName(annotation)} at ${clock(start, 2)}`}
        onClick={() => view.labels.remove([annotation])}
      >
        ×
      </button>
    </li>
  );
}
