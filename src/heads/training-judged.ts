import type { Examples } from "./examples.ts";
import type { Judged, judge } from "./judge.ts";
import { probabilitiesOf, type Training } from "./train.ts";

/** What fits of other folds say of each window, to be judged. */
export function outOfFoldOf(
  { head, classes }: Training,
  { examples, sites, hop }: { readonly examples: Examples; readonly sites: readonly string[]; readonly hop: number },
): Judged {
  return {
    examples,
    probabilities: classes.map((one, k) => probabilitiesOf(one.outOfFold, head.classes[k]?.calibration)),
    thresholds: head.classes.map(({ threshold }) => threshold),
    sites,
    hop,
  };
}

/** A judgement without its curves, as a head's file keeps it. */
export function judgementSummary({ classes, rocAuc, averagePrecision }: ReturnType<typeof judge>) {
  return {
    rocAuc,
    averagePrecision,
    classes: classes.map(({ points: _, reliability: __, sites: ___, ...one }) => one),
  };
}
