import { counted } from "../../src/counted.ts";
import type { Hit, HitOrder } from "../session/hits.ts";
import type { View } from "../session/view.ts";
import { labelColour } from "../views/label-colour.ts";
import { labelName } from "../views/label-name.ts";
import { OrderSelect } from "./order-select.tsx";
import { Picture } from "./picture.tsx";
import { timesOf } from "./selection-panel.tsx";
import { useVirtual } from "./virtual.ts";

/** Height of a hit in the list, as the style sheet has it. */
const ROW = 44;

const ORDERS: readonly (readonly [HitOrder, string])[] = [
  ["score", "the best first"],
  ["unsure", "the least sure first"],
  ["random", "in random order"],
  ["diverse", "as different as can be"],
];

/** Everything like what was looked for, ranked, to be accepted or rejected. */
export function HitsPanel({ view }: { view: View }) {
  const { hits, session } = view;
  const list = hits.list();
  const [frame, first, last] = useVirtual<HTMLElement>(list.length, ROW);
  if (hits.scores() === undefined) {
    return (
      <p class="hint">
        Mark a call on the spectrogram or in the plane, and press <b>Find like this</b> (F). Every window of every
        recording is then ranked by how like it is, to be accepted or rejected with a key.
      </p>
    );
  }
  return (
    <div class="hits">
      <div class="hits-tools">
        <p>
          <b>{counted(list.length, "window")}</b> {hits.head === undefined ? "like" : "taken for"} {hits.about}
        </p>
        {hits.head !== undefined && hits.head.classes.length > 1 && (
          <label class="field">
            Class
            <select
              value={hits.class}
              onChange={({ currentTarget }) => {
                hits.at = 0;
                hits.class = Number(currentTarget.value);
              }}
            >
              {hits.head.classes.map(({ name }, k) => (
                <option key={name} value={k}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label class="field">
          At least {hits.least.toFixed(2)} {hits.measure}
          <input
            type="range"
            min={hits.head === undefined ? -0.2 : 0}
            max={1}
            step={0.01}
            value={hits.least}
            onInput={({ currentTarget }) => hits.setLeast(Number(currentTarget.value))}
          />
        </label>
        <div class="pair">
          <OrderSelect
            orders={ORDERS}
            order={hits.order}
            set={(order) => {
              hits.order = order;
              hits.at = 0;
              session.changed();
            }}
          />
          <label class="field">
            Accepted as
            <select
              value={view.naming.name}
              onChange={({ currentTarget }) => {
                view.naming.name = currentTarget.value;
                session.changed();
              }}
            >
              {view.naming.names.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      <section
        ref={frame}
        class="list"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys act on the list
        tabIndex={0}
        aria-label="Hits. Arrows step and play, A accepts, R rejects."
        onKeyDown={(event) => hitKey(view, list, event, frame.current)}
      >
        <ol style={{ height: `${list.length * ROW}px` }}>
          {list.slice(first, last).map((hit, at) => (
            <HitRow key={hit.point} view={view} hit={hit} at={first + at} />
          ))}
        </ol>
      </section>
    </div>
  );
}

function HitRow({ view, hit, at }: { view: View; hit: Hit; at: number }) {
  const { hits } = view;
  const said = view.labelsAt(hit.at);
  const go = () => {
    hits.at = at;
    view.selected = new Set();
    view.lookAt(hit.point);
    void view.hear([hit.point]);
  };
  return (
    <li class={`hit${hits.at === at ? " current" : ""}`} style={{ top: `${at * ROW}px` }}>
      <span class="number rank">{at + 1}</span>
      <button
        type="button"
        class="thumb"
        aria-label={`Play ${timesOf(hit.at)} of ${hit.at.recording.name}`}
        onClick={go}
      >
        <Picture point={hit.at} />
      </button>
      <button type="button" class="plain where" onClick={go}>
        <b>{timesOf(hit.at)}</b> <span>{hit.at.recording.name}</span>
      </button>
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${Math.max(0, 100 * hit.score)}%` }} />
      </span>
      <span class="number">{hit.score.toFixed(3)}</span>
      <span class="said">
        {said.slice(0, 2).map((annotation) => (
          <span key={labelName(annotation)}>
            <span class="dot" style={{ background: labelColour(view, annotation.label) }} /> {labelName(annotation)}
          </span>
        ))}
      </span>
      <button
        type="button"
        class="verdict"
        title={`It is ${view.naming.name} (A)`}
        aria-label={`Accept hit ${at + 1}`}
        onClick={() => judge(view, hit, true)}
      >
        ✓
      </button>
      <button
        type="button"
        class="verdict"
        title={`It is not ${view.naming.name} (R)`}
        aria-label={`Reject hit ${at + 1}`}
        onClick={() => judge(view, hit, false)}
      >
        ✕
      </button>
    </li>
  );
}

function judge(view: View, { at: { recording, result, window } }: Hit, is: boolean): void {
  const stretch = { start: result.starts[window] as number, end: result.ends[window] as number };
  const kind = is ? "positive" : "negative";
  view.labels.add([
    {
      recording: recording.id,
      ...stretch,
      label: view.naming.name,
      kind,
      by: view.naming.by,
      when: new Date().toISOString(),
    },
  ]);
}

/** Arrows step, A accepts and R rejects and step on, Enter plays again. */
export function hitKey(view: View, list: readonly Hit[], event: KeyboardEvent, frame: HTMLElement | null): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { hits } = view;
  const key = event.key.toLowerCase();
  const hit = list[hits.at];
  let step: number | undefined;
  if (key === "arrowdown") step = 1;
  else if (key === "arrowup") step = -1;
  else if (key === "enter") step = 0;
  else if ((key === "a" || key === "r") && hit !== undefined) {
    judge(view, hit, key === "a");
    step = 1;
  }
  if (step === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  hits.at = Math.max(0, Math.min(list.length - 1, hits.at + step));
  const next = list[hits.at];
  if (next === undefined) return;
  view.selected = new Set();
  view.lookAt(next.point);
  void view.hear([next.point]);
  if (frame === null) return;
  const [top, bottom] = [hits.at * ROW, (hits.at + 1) * ROW];
  if (top < frame.scrollTop) frame.scrollTop = top;
  else if (bottom > frame.scrollTop + frame.clientHeight) frame.scrollTop = bottom - frame.clientHeight;
}
