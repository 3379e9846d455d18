import { OrcaError } from "../../errors.ts";
import {
  backgroundHours,
  falseWindows,
  type Head,
  type Judged,
  type JudgedClass,
  type ThresholdWish,
  thresholdFor,
  timeOf,
} from "../../heads/index.ts";
import { printNote } from "../print.ts";

interface Wishes {
  readonly precision: number | undefined;
  readonly recall: number | undefined;
  readonly falseAlarms: number | undefined;
}

/** A head with thresholds that were wished for, by what was judged. Throws `bad_option` for two wishes at once. */
export function withThresholds(head: Head, judged: Judged, { precision, recall, falseAlarms }: Wishes): Head {
  const wishes: readonly (readonly [ThresholdWish, string])[] = [
    ...(precision === undefined ? [] : [[{ precision }, `precision ${precision}`] as const]),
    ...(recall === undefined ? [] : [[{ recall }, `recall ${recall}`] as const]),
    ...(falseAlarms === undefined
      ? []
      : [[{ falseAlarmsPerHour: falseAlarms }, `false windows at ${rateOf(falseAlarms)} at most`] as const]),
  ];
  const [wish, ...more] = wishes;
  if (more.length > 0) {
    throw new OrcaError("bad_option", "A threshold cannot be chosen by two wishes.", {
      field: "precision",
      hint: "Give one of --precision, --recall and --false-alarms.",
    });
  }
  if (wish === undefined) return head;
  const [what, words] = wish;
  return {
    ...head,
    classes: head.classes.map((one, k) => {
      const threshold = thresholdFor(judged, k, what);
      const hours = backgroundHours(judged, k);
      // Not one window is allowed in so little, and none in it says little of more.
      if (falseAlarms !== undefined && threshold !== undefined && falseAlarms * hours < 1)
        printNote(
          `${one.name}: ${timeOf(hours)} of background cannot show ${rateOf(falseAlarms)}: the threshold lies above all of it, which is all that it says.`,
        );
      if (threshold !== undefined) return { ...one, threshold, chosen: words };
      printNote(`${one.name}: no threshold gives ${words}; it stays at ${one.threshold}.`);
      return one;
    }),
  };
}

/** `1 a day`, `2 an hour`. */
const rateOf = (perHour: number) => (perHour >= 1 ? `${tidy(perHour)} an hour` : `${tidy(24 * perHour)} a day`);
const tidy = (value: number) => Number(value.toPrecision(6));

export const UNLABELLED_ARE_BACKGROUND =
  "Windows that nobody labelled count as background: calls among them count as false windows.";

/** What a class's threshold does, in words. */
export function atThreshold(one: JudgedClass): string {
  const figure = (value: number | null) => (value === null ? "-" : value.toFixed(3));
  const alarms = falseWindows(one);
  return `at threshold ${figure(one.threshold)} precision ${figure(one.precision)}, recall ${figure(one.recall)}${alarms === undefined ? "" : `, ${alarms}`}`;
}
