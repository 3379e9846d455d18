import { counted } from "../../src/counted.ts";
import type { EventOrder } from "../heads/detector.ts";
import { type PageEvent, shareInterval } from "../heads/page-events.ts";
import type { View } from "../session/view.ts";
import { EventRow, judgeEvent, lookAtEvent, ROW } from "./event-row.tsx";
import { EventTools, HeadTools, Learned } from "./head-tools.tsx";
import { OrderSelect } from "./order-select.tsx";
import { useVirtual } from "./virtual.ts";

const ORDERS: readonly (readonly [EventOrder, string])[] = [
  ["time", "by time"],
  ["surest", "the surest first"],
  ["unsure", "the least sure first"],
];

/** A head of one's own labels: trained here, its thresholds, its events, and how many of them are right. */
export function EventsPanel({ view }: { view: View }) {
  const { detector, session } = view;
  const { head } = detector;
  const list = detector.list();
  const [frame, first, last] = useVirtual<HTMLElement>(list.length, ROW);
  return (
    <div class="hits detect">
      <div class={`hits-tools${head === undefined ? "" : " wide"}`}>
        <div class="column">
          <HeadTools view={view} />
          {head !== undefined && <Found view={view} />}
          <Learned view={view} />
        </div>
        {head !== undefined && (
          <div class="column">
            <div class="pair">
              {head.classes.length > 1 && (
                <label class="field">
                  Class
                  <select
                    value={detector.at}
                    onChange={({ currentTarget }) => {
                      detector.at = Number(currentTarget.value);
                    }}
                  >
                    {head.classes.map(({ name }, k) => (
                      <option key={name} value={k}>
                        {name}
                      </option>
                    ))}
                  </select>
                </label>
              )}
              <OrderSelect
                orders={ORDERS}
                order={detector.order}
                set={(order) => {
                  detector.order = order;
                  detector.current = 0;
                  session.changed();
                }}
              />
            </div>
            <label class="field">
              Probable from {(head.thresholds[detector.at] ?? 0).toFixed(2)} on
              <input
                type="range"
                min={0}
                max={1}
                step={0.01}
                value={head.thresholds[detector.at]}
                onInput={({ currentTarget }) => detector.setThreshold(detector.at, Number(currentTarget.value))}
              />
            </label>
            <EventTools view={view} />
          </div>
        )}
      </div>
      {head === undefined ? (
        <p class="hint">
          Label some windows that are a call and some that are not, then press <b>Train</b> (T). The page learns the
          difference on this computer, says how probable a call is in every window, and joins what lies above the
          threshold to events. About ten labels make a start; accept and reject what is found, and train again. A head
          (a .json file that <code>orca-embed train</code> wrote) that is dropped on the page finds events too.
        </p>
      ) : (
        <section
          ref={frame}
          class="list"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: keys act on the list
          tabIndex={0}
          aria-label="Events. Arrows step and play, A accepts, R rejects."
          onKeyDown={(event) => eventKey(view, list, event, frame.current)}
        >
          {list.length === 0 && (
            <p class="hint">
              {detector.ready
                ? `No window reaches ${(head.thresholds[detector.at] ?? 0).toFixed(2)}: move the threshold down.`
                : "The windows are being scored …"}
            </p>
          )}
          <ol style={{ height: `${list.length * ROW}px` }}>
            {list.slice(first, last).map((event, at) => (
              <EventRow key={`${event.recording.id} ${event.start}`} view={view} event={event} at={first + at} />
            ))}
          </ol>
        </section>
      )}
    </div>
  );
}

/** How many events there are, how many are right by the reader's own verdicts, and what folds say. */
function Found({ view }: { view: View }) {
  const { detector } = view;
  const { judged, right } = detector.verdicts();
  const [low, high] = shareInterval(right, judged);
  const percent = (share: number) => Math.round(100 * share);
  const found = detector.list();
  const recordings = new Set(found.map(({ recording }) => recording)).size;
  const one = detector.report?.[detector.at];
  return (
    <>
      <p class="found">
        {!detector.ready && "The windows are being scored … "}
        <b>{counted(found.length, "event")}</b> of {detector.className} in {counted(recordings, "recording")}.{" "}
        {judged === 0
          ? "Accept (A) or reject (R) some: you see how many are right."
          : `${right} of the ${judged} that you judged are right, ${percent(right / judged)} %; of all, ${percent(low)} to ${percent(high)} %.`}
      </p>
      {one !== undefined && (
        <p class="hint">
          Learned from {counted(one.positives, "window")} of {counted(one.positiveGroups, "recording")} with it and{" "}
          {counted(one.negatives, "labelled window")} without.{" "}
          {one.tooFew === undefined
            ? `In recordings that it did not see: average precision ${figure(one.averagePrecision)}, ROC-AUC ${figure(one.rocAuc)}.`
            : `${one.tooFew.charAt(0).toUpperCase()}${one.tooFew.slice(1)}.`}
        </p>
      )}
    </>
  );
}

const figure = (value: number | null) => (value === null ? "not known" : value.toFixed(2));

/** Arrows step, A accepts and R rejects and step on, Enter plays again. */
function eventKey(view: View, list: readonly PageEvent[], event: KeyboardEvent, frame: HTMLElement | null): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { detector } = view;
  const current = list[detector.current];
  const key = event.key.toLowerCase();
  let step: number | undefined;
  if (key === "arrowdown" || key === "arrowright") step = 1;
  else if (key === "arrowup" || key === "arrowleft") step = -1;
  else if (key === "enter") step = 0;
  else if ((key === "a" || key === "r") && current !== undefined) {
    judgeEvent(view, current, key === "a");
    step = 1;
  }
  if (step === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  detector.current = Math.max(0, Math.min(list.length - 1, detector.current + step));
  const next = list[detector.current];
  if (next === undefined) return;
  lookAtEvent(view, next);
  if (frame === null) return;
  const [top, bottom] = [detector.current * ROW, (detector.current + 1) * ROW];
  if (top < frame.scrollTop) frame.scrollTop = top;
  else if (bottom > frame.scrollTop + frame.clientHeight) frame.scrollTop = bottom - frame.clientHeight;
}
