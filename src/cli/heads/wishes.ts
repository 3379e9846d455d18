import { OrcaError } from "../../errors.ts";
import { type Head, type Judged, type ThresholdWish, thresholdFor } from "../../heads/index.ts";
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
      : [[{ falseAlarmsPerHour: falseAlarms }, `${falseAlarms} false windows an hour`] as const]),
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
      if (threshold !== undefined) return { ...one, threshold, chosen: words };
      printNote(`${one.name}: no threshold gives ${words}; it stays at ${one.threshold}.`);
      return one;
    }),
  };
}
