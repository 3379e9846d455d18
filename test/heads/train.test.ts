import { expect, test } from "vitest";
import {
  bandsOf,
  callDensity,
  diverse,
  Embeddings,
  type Examples,
  fromBands,
  headText,
  judge,
  labelFor,
  probabilitiesOf,
  type TrainOptions,
  thresholdFor,
  train,
  uncertain,
} from "../../src/heads/index.ts";
import { kernelModule } from "../support/runtime.ts";
import { noise } from "../support/signals.ts";

const DIMS = 24;
const OPTIONS: TrainOptions = {
  strengths: [0.01, 1],
  folds: 4,
  balance: "balanced",
  weakWeight: 0.05,
  calibration: "platt",
};

/** Twelve recordings of 20 windows: two classes that lie along a dimension each, and windows that nobody labelled. */
function made() {
  const rows = 240;
  const x = noise(rows * DIMS, 1);
  const labels = [new Uint8Array(rows), new Uint8Array(rows)];
  for (let row = 0; row < rows; row++) {
    for (const [k, of] of labels.entries()) {
      of[row] = (row + 3 * k) % 5 === 0 ? 1 : 0;
      x[row * DIMS + k] = (x[row * DIMS + k] as number) + (of[row] === 1 ? 1.5 : 0);
    }
  }
  const examples: Examples = {
    classes: ["a", "b"],
    labels,
    groups: Array.from({ length: rows }, (_, row) => `${Math.floor(row / 20)}.wav`),
    weak: new Uint8Array(rows).fill(1, 220),
  };
  for (const of of labels) of.fill(0, 220);
  return { embeddings: Embeddings.of(kernelModule, x, DIMS), examples };
}
const origin = { id: "made", model: { id: "yamnet", dimensions: DIMS }, training: {} };

test("training finds the classes, says how, and gives the same bytes each time", () => {
  const { embeddings, examples } = made();
  const { head, classes, C } = train(embeddings, examples, origin, OPTIONS);
  expect(head.training).toMatchObject({
    C,
    folds: 4,
    weakNegatives: 20,
    counts: { a: { positives: 44, negatives: 176, positiveGroups: 11, negativeGroups: 11 } },
  });
  expect(headText(train(made().embeddings, made().examples, origin, OPTIONS).head)).toBe(headText(head));
  const judgement = judge({
    examples,
    probabilities: classes.map(({ outOfFold }, k) => probabilitiesOf(outOfFold, head.classes[k]?.calibration)),
    thresholds: [0.5, 0.5],
    sites: examples.groups.map((_, row) => (row < 100 ? "north" : "south")),
    hop: 0.48,
  });
  for (const one of judgement.classes) {
    expect(one.tooFew).toBeUndefined();
    expect(one.rocAuc).toBeGreaterThan(0.9);
    expect(one.sites.map(({ site }) => site)).toEqual(["north", "south"]);
    expect(one.backgroundHours).toBeCloseTo((196 * 0.48) / 3600, 9);
  }
  expect(judgement.averagePrecision).toBeGreaterThan(0.8);
});

test("thresholds by wish keep their word", () => {
  const { embeddings, examples } = made();
  const { head, classes } = train(embeddings, examples, origin, OPTIONS);
  const judged = {
    examples,
    probabilities: classes.map(({ outOfFold }, k) => probabilitiesOf(outOfFold, head.classes[k]?.calibration)),
    thresholds: [0.5, 0.5],
    sites: examples.groups.map(() => ""),
    hop: 0.48,
  };
  const at = (threshold: number) => judge({ ...judged, thresholds: [threshold, 0.5] }).classes[0];
  const precise = thresholdFor(judged, 0, { precision: 0.95 }) as number;
  expect(at(precise)?.precision).toBeGreaterThanOrEqual(0.95);
  const full = thresholdFor(judged, 0, { recall: 0.9 }) as number;
  expect(at(full)?.recall).toBeGreaterThanOrEqual(0.9);
  const quiet = thresholdFor(judged, 0, { falseAlarmsPerHour: 50 }) as number;
  expect(at(quiet)?.falseAlarmsPerHour).toBeLessThanOrEqual(50);
  expect(at(quiet - 0.01)?.falseAlarmsPerHour).toBeGreaterThanOrEqual(at(quiet)?.falseAlarmsPerHour ?? 0);
});

test.each<[string, (examples: Examples) => Examples, RegExp]>([
  [
    "nothing but positives",
    (e) => ({ ...e, labels: e.labels.map((of) => of.slice().fill(1)), weak: e.weak.slice().fill(0) }),
    /a cannot be learned: every window is labelled a/,
  ],
  [
    "no positive",
    (e) => ({ ...e, labels: e.labels.map((of) => of.slice().fill(0)) }),
    /a cannot be learned: no window is labelled a/,
  ],
  ["no class", (e) => ({ ...e, classes: [], labels: [] }), /No class is named/],
])("%s is refused in a sentence", (_, change, message) => {
  const { embeddings, examples } = made();
  expect(() => train(embeddings, change(examples), origin, OPTIONS)).toThrow(message);
});

test("one recording only trains, and is not judged", () => {
  const { embeddings, examples } = made();
  const one = { ...examples, groups: examples.groups.map(() => "one.wav") };
  const { classes, head } = train(embeddings, one, origin, OPTIONS);
  expect(classes[0]?.tooFew).toBe("too few recordings to judge: positives come from 1, and 3 are the least");
  expect([...(classes[0]?.outOfFold ?? [])].every(Number.isNaN)).toBe(true);
  expect(head.classes[0]).toEqual({ name: "a", threshold: 0.5 });
});

test("what labels say of a class", () => {
  const says = (name: string, ...over: [string, "positive" | "negative" | "uncertain"][]) =>
    labelFor(
      name,
      over.map(([label, kind]) => ({ label, kind })),
    );
  expect(says("orca", ["orca/srkw", "positive"])).toBe(1);
  expect(says("orca", ["ship", "positive"])).toBe(0);
  expect(says("orca", ["orca", "negative"])).toBe(0);
  expect(says("orca/srkw", ["orca", "negative"])).toBe(0);
  expect(says("orca/srkw", ["orca", "positive"])).toBe(2);
  expect(says("orca", ["orca", "uncertain"], ["ship", "positive"])).toBe(2);
  expect(says("orca", ["orca", "positive"], ["orca", "negative"])).toBe(2);
  expect(says("orca", ["noise", "positive"])).toBe(0);
  expect(says("orca")).toBe(2);
});

test("what to label next", () => {
  const p = [0.1, 0.9, 0.5, 0.45, 0.99, 0.01, 0.3, 0.6];
  const all = [...p.keys()];
  expect(uncertain(p, 0.5, all, 3)).toEqual([2, 3, 7]);
  expect(bandsOf(p, all)).toEqual([[5, 0, 6, 3], [2, 7], [1], [], [4]]);
  expect(new Set(fromBands(p, all, 8)).size).toBe(8);
  expect(fromBands(p, all, 3)).toEqual(fromBands(p, all, 3));
  const x = Float32Array.of(1, 0, 0.9, 0.1, 0, 1, -1, 0);
  expect(diverse(x, Float32Array.of(1, 0), 2, 2)).toEqual([3, 2]);
});

test("call density: what is below the threshold counts, with an interval that holds it", () => {
  const { density, low, high, windows } = callDensity([
    { windows: 900, heard: 30, positive: 1 },
    { windows: 100, heard: 30, positive: 27 },
  ]);
  expect(windows).toBeCloseTo(1 + 870 * (1.5 / 31) + 27 + 70 * (27.5 / 31), 6);
  expect(density).toBeCloseTo(windows / 1000, 9);
  expect(low).toBeLessThan(density);
  expect(high).toBeGreaterThan(density);
  expect(high - low).toBeLessThan(0.15);
  expect(callDensity([{ windows: 10, heard: 10, positive: 4 }])).toEqual({
    density: 0.4,
    low: 0.4,
    high: 0.4,
    windows: 4,
  });
});
