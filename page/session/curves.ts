import type { PageEvent } from "../heads/page-events.ts";
import type { Recording } from "./recording.ts";
import type { View } from "./view.ts";

/** A value of each window of a recording, in a lane of its own. */
export interface Curve {
  readonly about: string;
  readonly values: ArrayLike<number>;
  readonly least: number;
  readonly most: number;
  /** Its line, which can be moved; undefined where there is none. */
  readonly threshold: number | undefined;
  /** Moves the line. */
  readonly set: ((threshold: number) => void) | undefined;
  /** The label whose colour it has; the page's accent where left out. */
  readonly label: string | undefined;
  readonly events: readonly PageEvent[];
}

/** Classes that have a lane each: the listed one, and those around it. */
const MOST_LANES = 4;

/** What is drawn of a recording's windows over time: a head's classes, or how like what was looked for they are, or their best class' score. */
export function curvesOf(view: View, recording: Recording): readonly Curve[] {
  const result = recording.results.get(view.model);
  if (result === undefined || result.windows === 0) return [];
  const { hits, detector } = view;
  const scores = hits.scores();
  const said = detector.head?.model === view.model && detector.ready ? detector.head.said(result) : undefined;
  if (said !== undefined && detector.head !== undefined && (view.drawer === "events" || scores === undefined)) {
    const { classes, thresholds } = detector.head;
    const first = Math.max(0, Math.min(detector.at - 1, classes.length - MOST_LANES));
    return classes.slice(first, first + MOST_LANES).map(({ name }, at) => ({
      about: name,
      values: said[first + at] as Float64Array,
      least: 0,
      most: 1,
      threshold: thresholds[first + at],
      set: (threshold: number) => detector.setThreshold(first + at, threshold),
      label: name,
      events: detector.eventsIn(recording, first + at),
    }));
  }
  const none = { label: undefined, events: [] };
  const from = view.points.indexOf(recording, 0);
  if (scores !== undefined && from >= 0) {
    const values = scores.subarray(from, from + result.windows);
    const about = hits.head === undefined ? "like it" : (hits.about ?? "");
    const set = (threshold: number) => hits.setLeast(threshold);
    return [{ ...none, about, values, least: Math.min(0, hits.least), most: 1, threshold: hits.least, set }];
  }
  if (result.topScore.length !== result.windows) return [];
  return [
    { ...none, about: "top class", values: result.topScore, least: 0, most: 1, threshold: undefined, set: undefined },
  ];
}
