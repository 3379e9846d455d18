import { type ClassCounts, countsOf, type Examples, UNKNOWN } from "./examples.ts";
import { tooFew } from "./folds.ts";
import {
  averagePrecision,
  calibrationError,
  meanOfNumbers,
  type OperatingPoint,
  operatingPoints,
  type ReliabilityBin,
  reliability,
  rocAuc,
} from "./metrics.ts";

/** How well a class is told from the rest. Figures are null where there is nothing to work them out from. */
export interface JudgedClass extends ClassCounts {
  readonly name: string;
  /** Why no figure here says anything about the next recording. */
  readonly tooFew?: string;
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
  readonly calibrationError: number | null;
  readonly threshold: number;
  /** At the threshold. */
  readonly precision: number | null;
  readonly recall: number | null;
  /** Windows of background an hour that reach the threshold, and the hours that were looked at. */
  readonly falseAlarmsPerHour: number | null;
  readonly backgroundHours: number;
  readonly points: readonly OperatingPoint[];
  readonly reliability: readonly ReliabilityBin[];
  /** The same by site, where there are several. */
  readonly sites: readonly JudgedSite[];
}

export interface JudgedSite extends ClassCounts {
  readonly site: string;
  readonly tooFew?: string;
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
  readonly falseAlarmsPerHour: number | null;
  readonly backgroundHours: number;
}

export interface Judgement {
  readonly classes: readonly JudgedClass[];
  /** Means over the classes that can be judged. */
  readonly rocAuc: number | null;
  /** cmAP: the mean of the classes' average precision. */
  readonly averagePrecision: number | null;
}

/** What is judged: each row's probability by class. */
export interface Judged {
  readonly examples: Examples;
  /** [classes][rows]; NaN where there is none. */
  readonly probabilities: readonly Float64Array[];
  readonly thresholds: readonly number[];
  /** Site of each row. */
  readonly sites: readonly string[];
  /** Seconds from one window to the next. */
  readonly hop: number;
}

/** Points of a curve that a report draws. */
const MOST_POINTS = 400;

const orNull = (value: number) => (Number.isNaN(value) ? null : value);

/** Judges probabilities that were made without the labels. */
export function judge(judged: Judged): Judgement {
  const classes = judged.examples.classes.map((_, k) => judgeClass(judged, k));
  const sound = classes.filter((one) => one.tooFew === undefined);
  const mean = (of: (one: JudgedClass) => number | null) =>
    orNull(meanOfNumbers(sound.map((one) => of(one) ?? Number.NaN)));
  return { classes, rocAuc: mean((one) => one.rocAuc), averagePrecision: mean((one) => one.averagePrecision) };
}

function judgeClass(judged: Judged, k: number): JudgedClass {
  const { examples, thresholds, sites } = judged;
  const labels = examples.labels[k] as Uint8Array;
  const threshold = thresholds[k] as number;
  const all = rowsOf(judged, k, () => true);
  const points = operatingPoints(all.truth, all.probabilities);
  const at = points.findLast((point) => point.threshold >= threshold);
  const bins = reliability(all.truth, all.probabilities);
  const why = tooFew(examples.groups, known(examples, labels));
  const background = backgroundOf(judged, k, () => true);
  const names = [...new Set(sites)].sort();
  return {
    name: examples.classes[k] as string,
    ...countsOf(examples, labels),
    ...(why === undefined ? {} : { tooFew: why }),
    rocAuc: orNull(rocAuc(all.truth, all.probabilities)),
    averagePrecision: orNull(averagePrecision(all.truth, all.probabilities)),
    calibrationError: orNull(calibrationError(bins)),
    threshold,
    precision: at?.precision ?? null,
    recall: all.truth.includes(1) ? (at?.recall ?? 0) : null,
    falseAlarmsPerHour: background.alarms(threshold),
    backgroundHours: background.hours,
    points: thinned(points),
    reliability: bins,
    sites: names.length < 2 ? [] : names.map((site) => judgeSite(judged, k, site)),
  };
}

function judgeSite(judged: Judged, k: number, site: string): JudgedSite {
  const { examples, sites, thresholds } = judged;
  const here = (row: number) => sites[row] === site;
  const labels = (examples.labels[k] as Uint8Array).map((label, row) => (here(row) ? label : UNKNOWN));
  const { truth, probabilities } = rowsOf(judged, k, here);
  const why = tooFew(examples.groups, known(examples, labels));
  const background = backgroundOf(judged, k, here);
  return {
    site,
    ...countsOf(examples, labels),
    ...(why === undefined ? {} : { tooFew: why }),
    rocAuc: orNull(rocAuc(truth, probabilities)),
    averagePrecision: orNull(averagePrecision(truth, probabilities)),
    falseAlarmsPerHour: background.alarms(thresholds[k] as number),
    backgroundHours: background.hours,
  };
}

const known = ({ weak }: Examples, labels: Uint8Array) =>
  labels.map((label, row) => (weak[row] === 1 ? UNKNOWN : label));

function rowsOf({ examples, probabilities }: Judged, k: number, here: (row: number) => boolean) {
  const [truth, scores]: [number[], number[]] = [[], []];
  for (const [row, label] of (examples.labels[k] as Uint8Array).entries()) {
    const value = probabilities[k]?.[row] as number;
    if (label === UNKNOWN || examples.weak[row] === 1 || Number.isNaN(value) || !here(row)) continue;
    truth.push(label);
    scores.push(value);
  }
  return { truth, probabilities: scores };
}

/** Windows that are known, or taken, to hold nothing of the class. */
function backgroundOf({ examples, probabilities, hop }: Judged, k: number, here: (row: number) => boolean) {
  const values = [...(probabilities[k] as Float64Array)].filter(
    (value, row) => examples.labels[k]?.[row] === 0 && here(row) && !Number.isNaN(value),
  );
  const hours = (values.length * hop) / 3600;
  const alarms = (threshold: number) =>
    hours === 0 ? null : values.filter((value) => value >= threshold).length / hours;
  return { hours, alarms, values };
}

/** Hours of windows that are known, or taken, to hold nothing of a class. */
export const backgroundHours = (judged: Judged, k: number): number => backgroundOf(judged, k, () => true).hours;

/** What a user wishes of a threshold. */
export type ThresholdWish =
  | { readonly precision: number }
  | { readonly recall: number }
  | { readonly falseAlarmsPerHour: number };

/**
 * The lowest threshold that keeps to a wish (the highest for a recall), by windows that were judged; undefined where none does.
 */
export function thresholdFor(judged: Judged, k: number, wish: ThresholdWish): number | undefined {
  const { truth, probabilities } = rowsOf(judged, k, () => true);
  const points = operatingPoints(truth, probabilities);
  if ("precision" in wish) return points.findLast((point) => point.precision >= wish.precision)?.threshold;
  if ("recall" in wish) return points.find((point) => point.recall >= wish.recall)?.threshold;
  const { hours, values } = backgroundOf(judged, k, () => true);
  if (hours === 0) return undefined;
  const allowed = Math.floor(wish.falseAlarmsPerHour * hours + 1e-9);
  const down = values.toSorted((a, b) => b - a);
  const first = down[allowed];
  if (first === undefined) return 0;
  // Just above the first that is too many.
  return first >= 1 ? undefined : Math.min(1, first + 1e-9 + first * 1e-9);
}

/** An even share of the points, the last always. */
function thinned(points: readonly OperatingPoint[]): OperatingPoint[] {
  if (points.length <= MOST_POINTS) return [...points];
  const step = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, i) => points[Math.round(i * step)] as OperatingPoint);
}
