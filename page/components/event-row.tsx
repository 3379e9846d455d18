import { clock } from "../audio/times.ts";
import type { PageEvent } from "../heads/page-events.ts";
import type { View } from "../session/view.ts";
import { Picture } from "./picture.tsx";

/** Height of an event in the list, as the style sheet has it. */
export const ROW = 44;

/** One event: its surest window, its time, how sure, and what the reader says of it. */
export function EventRow({ view, event, at }: { view: View; event: PageEvent; at: number }) {
  const { detector } = view;
  const { recording, result, start, end, peak, peakStart } = event;
  const verdict = detector.verdict(event);
  const name = detector.className;
  const go = () => {
    detector.current = at;
    lookAtEvent(view, event);
  };
  return (
    <li class={`hit${detector.current === at ? " current" : ""}`} style={{ top: `${at * ROW}px` }}>
      <span class="number rank">{at + 1}</span>
      <button
        type="button"
        class="thumb"
        aria-label={`Play ${clock(start, 2)} to ${clock(end, 2)} of ${recording.name}`}
        onClick={go}
      >
        <Picture point={{ recording, result, window: windowAt(result.starts, peakStart) }} />
      </button>
      <button type="button" class="plain where" onClick={go}>
        <b>
          {clock(start, 2)} – {clock(end, 2)}
        </b>{" "}
        <span>{recording.name}</span>
      </button>
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${100 * peak}%` }} />
      </span>
      <span class="number" title="The largest probability of its windows">
        {peak.toFixed(3)}
      </span>
      <span class={`said${verdict === false ? " rejected" : ""}`}>
        {verdict === undefined ? "" : verdict ? "right" : "not right"}
      </span>
      <button
        type="button"
        class="verdict"
        title={`It is ${name} (A)`}
        aria-label={`Accept event ${at + 1}`}
        aria-pressed={verdict === true}
        onClick={() => judgeEvent(view, event, true)}
      >
        ✓
      </button>
      <button
        type="button"
        class="verdict"
        title={`It is not ${name} (R)`}
        aria-label={`Reject event ${at + 1}`}
        aria-pressed={verdict === false}
        onClick={() => judgeEvent(view, event, false)}
      >
        ✕
      </button>
    </li>
  );
}

/** Opens an event's recording there, marks it, and plays it. */
export function lookAtEvent(view: View, { recording, start, end }: PageEvent): void {
  view.open(recording);
  view.draw({ start, end });
  view.bring(recording, start, end);
  void view.hearFrom(start, end);
}

/** What the reader says of an event is a label: it counts for precision, and is learned the next time. */
export function judgeEvent(view: View, { recording, start, end, class: k }: PageEvent, is: boolean): void {
  const label = view.detector.head?.classes[k]?.name;
  if (label === undefined) return;
  const kind = is ? "positive" : "negative";
  const own = { recording: recording.id, start, end, label, kind, by: view.naming.by } as const;
  view.labels.add([{ ...own, when: new Date().toISOString() }]);
}

/** The window that starts at a time, or the one before it. */
function windowAt(starts: readonly number[], seconds: number): number {
  let [low, high] = [0, Math.max(0, starts.length - 1)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= seconds + 1e-9) low = middle;
    else high = middle - 1;
  }
  return low;
}
