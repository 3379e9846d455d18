import { expect, test } from "vitest";
import {
  averagePrecision,
  calibrationError,
  foldsOf,
  isotonic,
  operatingPoints,
  platt,
  probability,
  reliability,
  rocAuc,
} from "../../src/heads/index.ts";

// scikit-learn's example of roc_auc_score and average_precision_score.
const LABELS = [0, 0, 1, 1];
const SCORES = [0.1, 0.4, 0.35, 0.8];

test("areas and precision as scikit-learn has them, ties too", () => {
  expect(rocAuc(LABELS, SCORES)).toBe(0.75);
  expect(averagePrecision(LABELS, SCORES)).toBeCloseTo(0.8333333333, 9);
  expect(rocAuc([0, 1, 0, 1], [1, 1, 1, 1])).toBe(0.5);
  expect(averagePrecision([0, 1, 0, 1], [1, 1, 1, 1])).toBe(0.5);
  expect(rocAuc([1, 1], [0, 1])).toBeNaN();
  expect(averagePrecision([0, 0], [0, 1])).toBeNaN();
});

test("every score is an operating point", () => {
  expect(
    operatingPoints(LABELS, SCORES).map(({ threshold, found, false: wrong }) => [threshold, found, wrong]),
  ).toEqual([
    [0.8, 1, 0],
    [0.4, 1, 1],
    [0.35, 2, 1],
    [0.1, 2, 2],
  ]);
});

test("a reliability curve, and its distance from the diagonal", () => {
  const bins = reliability([1, 0, 1, 1], [0.95, 0.05, 0.95, 0.85]);
  expect(bins.map(({ from, count, observed }) => [from, count, observed])).toEqual([
    [0, 1, 0],
    [0.8, 1, 1],
    [0.9, 2, 1],
  ]);
  expect(calibrationError(bins)).toBeCloseTo((0.05 + 0.15 + 2 * 0.05) / 4, 12);
});

test("Platt's line gives back the share of positives, and never falls", () => {
  const logits = Array.from({ length: 400 }, (_, i) => (i % 40) / 10 - 2);
  const labels = logits.map((logit, i) => (((i * 7919) % 997) / 997 < 1 / (1 + Math.exp(-(2 * logit - 1))) ? 1 : 0));
  const line = platt(labels, logits);
  const mean = logits.reduce((sum, logit) => sum + probability(logit, line), 0) / logits.length;
  expect(mean).toBeCloseTo(labels.reduce<number>((sum, label) => sum + label, 0) / labels.length, 2);
  if (line.kind !== "platt") throw new Error(line.kind);
  expect(Math.abs(line.slope - 2)).toBeLessThan(0.5);
  expect(platt([1, 1, 0, 0], [-2, -1, 1, 2])).toMatchObject({ slope: 0 });
  // Kinds that do not overlap stay finite.
  expect(probability(3, platt([0, 0, 1, 1], [-2, -1, 1, 2]))).toBeLessThan(1);
});

test("isotonic steps rise, and pool what falls", () => {
  const steps = isotonic([0, 1, 0, 1, 1], [1, 2, 3, 4, 5]);
  expect([0, 1, 2, 2.5, 3, 4, 9].map((logit) => probability(logit, steps))).toEqual([0, 0, 0.5, 0.5, 0.5, 1, 1]);
});

test("folds keep groups whole, and share a rare class among them", () => {
  const groups = Array.from({ length: 60 }, (_, i) => `recording ${Math.floor(i / 5)}`);
  const rare = Uint8Array.from(groups, (group) => (/ (2|5|9)$/.test(group) ? 1 : 0));
  const folds = foldsOf(groups, [rare], 3);
  for (const group of new Set(groups))
    expect(new Set(groups.flatMap((own, i) => (own === group ? [folds[i]] : []))).size).toBe(1);
  expect(new Set(groups.flatMap((_, i) => (rare[i] === 1 ? [folds[i]] : []))).size).toBe(3);
  expect([0, 1, 2].map((fold) => folds.filter((own) => own === fold).length)).toEqual([20, 20, 20]);
  expect(Math.max(...foldsOf(["a", "b"], [Uint8Array.of(1, 0)], 5))).toBe(1);
});
