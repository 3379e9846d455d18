import { useState } from "preact/hooks";
import type { Annotation, LabelKind } from "../../src/labels/index.ts";
import type { View } from "../session/view.ts";
import { labelColour } from "../views/label-colour.ts";
import { labelName } from "../views/label-name.ts";

const KINDS: readonly (readonly [LabelKind, string, string])[] = [
  ["positive", "is", "The key alone"],
  ["negative", "is not", "Shift with the key"],
  ["uncertain", "may be", "Alt with the key"],
];

/** The names that keys give, and what is said of what is marked. */
export function LabelKeys({ view }: { view: View }) {
  const [kind, setKind] = useState<LabelKind>("positive");
  const [name, setName] = useState("");
  const { labels } = view;
  const { names } = view.naming;
  const said = saidOf(view);
  const add = () => {
    const wanted = name.trim();
    if (wanted === "") return;
    if (!names.includes(wanted)) view.naming.set([...names, wanted]);
    view.naming.name = wanted;
    view.label(wanted, kind);
    setName("");
  };
  return (
    <section class="labels" aria-label="Labels of what is marked">
      <div class="kinds">
        <span>This</span>
        <fieldset class="choice">
          <legend class="hidden">Kind of label</legend>
          {KINDS.map(([one, word, key]) => (
            <button key={one} type="button" aria-pressed={kind === one} title={key} onClick={() => setKind(one)}>
              {word}
            </button>
          ))}
        </fieldset>
      </div>
      <div class="keys">
        {names.map((one, at) => (
          <button
            key={one}
            type="button"
            class="key"
            title={`Key ${at + 1}; with Shift not, with Alt perhaps`}
            onClick={() => view.label(one, kind)}
          >
            <span class="dot" style={{ background: labelColour(view, one) }} />
            {one} <kbd>{at + 1}</kbd>
          </button>
        ))}
        <form
          class="new-name"
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <input
            value={name}
            placeholder="other name"
            aria-label="Another name"
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </form>
      </div>
      {said.length > 0 && (
        <ul class="said">
          {said.slice(0, 6).map((annotation) => (
            <li key={`${annotation.recording} ${annotation.start} ${annotation.label} ${annotation.kind}`}>
              <span class="dot" style={{ background: labelColour(view, annotation.label) }} />
              {labelName(annotation)}
              <Note view={view} annotation={annotation} />
              <button
                type="button"
                class="plain"
                aria-label={`Remove the label ${labelName(annotation)}`}
                onClick={() => labels.remove([annotation])}
              >
                ×
              </button>
            </li>
          ))}
          {said.length > 6 && <li>and {said.length - 6} more</li>}
        </ul>
      )}
    </section>
  );
}

function Note({ view, annotation }: { view: View; annotation: Annotation }) {
  return (
    <input
      class="note"
      value={annotation.note ?? ""}
      placeholder="note"
      aria-label={`Note on ${labelName(annotation)}`}
      onChange={({ currentTarget }) => {
        const { note: _, ...bare } = annotation;
        const note = currentTarget.value.trim();
        view.labels.change(annotation, note === "" ? bare : { ...bare, note });
      }}
    />
  );
}

/** The labels that hold for what is marked. */
function saidOf(view: View): Annotation[] {
  const found = new Set<Annotation>();
  for (const { recording, start, end } of view.targets())
    for (const one of view.labels.in(recording, start, end)) found.add(one);
  return [...found];
}
