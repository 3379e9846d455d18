import { expect, test } from "vitest";
import { EventStage } from "../../src/heads/events.ts";
import {
  type Head,
  HeadStage,
  headText,
  hopliteText,
  Logits,
  MOST_HEADS,
  noiseOf,
  parseHead,
  type RunningModel,
  scoreRules,
} from "../../src/heads/index.ts";
import { kernelModule } from "../support/runtime.ts";
import { noise } from "../support/signals.ts";
import { logitsOf, madeHead } from "./support.ts";

const DIMS = 37;
const whole = madeHead(DIMS, ["orca/srkw", "ship"], {
  classes: [
    {
      name: "orca/srkw",
      threshold: 0.7,
      calibration: { kind: "platt", slope: 1.5, intercept: -0.25 },
      low: 500,
      high: 8000,
    },
    { name: "ship", threshold: 0.5, calibration: { kind: "isotonic", logits: [-1, 2], probabilities: [0.1, 0.9] } },
  ],
  events: { on: 0.8, off: 0.5, shortest: 1, gap: 2, windows: 2, of: 3 },
  sites: { "haro-strait": { ship: { threshold: 0.9 } } },
  noise: [{ name: "squeak", centre: Float32Array.from({ length: DIMS }, (_, i) => (i === 0 ? 1 : 0)), nearest: 0.9 }],
  training: { C: 1, date: "2026-11-28" },
});
const model: RunningModel = {
  id: "yamnet",
  sha256: undefined,
  variant: "fp32",
  dimensions: DIMS,
  scores: 3,
  names: ["Cat", "Bird, song", "Whale"],
};
const json = (head: Head) => JSON.parse(headText(head));

test("a head is read as it was written, every number of it", () => {
  expect(parseHead(headText(whole), "head.json")).toEqual(whole);
});

test("perch-hoplite's classifier, out and in: the same numbers the other way round", () => {
  const text = hopliteText(whole);
  const there = JSON.parse(text);
  expect(Object.keys(there)).toEqual(["model_config", "classes", "beta", "beta_bias"]);
  // beta is [dimensions, classes].
  const beta = new Float32Array(Uint8Array.from(Buffer.from(there.beta, "base64")).buffer);
  expect(beta[1]).toBe(whole.weights[DIMS]);
  const back = parseHead(text, "site/classifier.json");
  expect(back).toMatchObject({ id: "classifier", model: { id: "yamnet", dimensions: DIMS } });
  expect(back.weights).toEqual(whole.weights);
  expect(back.bias).toEqual(whole.bias);
  expect(hopliteText(back)).toBe(text);
});

test.each<[string, unknown, RegExp]>([
  ["no JSON", "{", /a\.json is no head: it is no JSON/],
  [
    "Python's NaN",
    '{"id": "a",\n "classes": [{"name": "NaN,", "threshold": NaN}]}',
    /a\.json is no head: line 2 holds NaN, and every number of a head must be finite/,
  ],
  ["something else", {}, /a\.json is no head: format/],
  [
    "a class twice",
    { ...json(whole), classes: [json(whole).classes[0], json(whole).classes[0]] },
    /"orca\/srkw" is named twice/,
  ],
  ["too few weights", { ...json(whole), weights: "AAAAAA==" }, /weights are 1 numbers, and 74 were expected/],
  [
    "a NaN",
    { ...json(whole), bias: Buffer.from(Float32Array.of(1, Number.NaN).buffer).toString("base64") },
    /bias hold a number that is NaN/,
  ],
  ["a threshold beyond 1", { ...json(whole), classes: [{ name: "a", threshold: 1.5 }] }, /classes\.0\.threshold/],
  ["a threshold that is none", { ...json(whole), classes: [{ name: "a", threshold: null }] }, /classes\.0\.threshold/],
  [
    "a falling calibration",
    {
      ...json(whole),
      classes: [{ name: "a", calibration: { kind: "isotonic", logits: [1, 0], probabilities: [0, 1] } }, { name: "b" }],
    },
    /does not rise/,
  ],
  [
    "a site with another's class",
    { ...json(whole), sites: { x: { cat: { threshold: 1 } } } },
    /sites\.x speaks of cat/,
  ],
  [
    "a class whose name cannot carry a probability",
    { model_config: {}, classes: ["__proto__"], beta: "", beta_bias: "" },
    /no class can be called __proto__/,
  ],
  [
    "hoplite's with a class twice",
    { model_config: {}, classes: ["a", "a"], beta: "", beta_bias: "" },
    /"a" is named twice/,
  ],
  [
    "hoplite's with half a row",
    { model_config: {}, classes: ["a", "b"], beta: "AAAAAA==", beta_bias: "" },
    /beta is not \[dimensions, classes\]/,
  ],
])("%s is refused in a sentence", (_, value, message) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  expect(() => parseHead(text, "a.json")).toThrow(message);
});

test("logits are the sums in float64, the same bits one by one and in any company", () => {
  const head = madeHead(1024, ["a", "b", "c"]);
  const rows = 301;
  const x = noise(rows * 1024, 1);
  const logits = new Logits(kernelModule, [head, madeHead(1024, ["d", "e"])]);
  const all = logits.run(x).slice();
  for (const row of [0, 1, 150, 255, 256, 300]) {
    const embedding = x.slice(row * 1024, (row + 1) * 1024);
    const alone = logits.run(embedding);
    expect(all.slice(row * 5, row * 5 + 5)).toEqual(alone.slice(0, 5));
    for (const [k, value] of logitsOf(head, embedding).entries())
      expect(Math.abs((alone[k] as number) - value)).toBeLessThan(1e-9);
  }
});

const stageOf = (heads: readonly Head[], rules = "", options = {}, over: Partial<RunningModel> = {}) =>
  new HeadStage(
    kernelModule,
    { ...model, ...over },
    heads.map((head) => ({ head, sha256: "0" })),
    scoreRules(rules),
    options,
  );

test("scores by head and class, a site's thresholds, a noise that is passed over", () => {
  const stage = stageOf([whole], "yamnet:Bird, song>0.4,yamnet:2>0.9", { site: "haro-strait" });
  expect(stage.facts).toMatchObject([
    {
      id: "made",
      sha256: "0",
      site: "haro-strait",
      events: whole.events,
      classes: [
        { name: "orca/srkw", threshold: 0.7 },
        { name: "ship", threshold: 0.9 },
      ],
    },
    {
      id: "yamnet",
      classes: [
        { name: "Bird, song", threshold: 0.4 },
        { name: "Whale", threshold: 0.9 },
      ],
    },
  ]);
  const x = noise(DIMS, 1);
  const [orca = 0, ship = 0] = logitsOf(whole, x);
  const { heads, noise: none } = stage.score(x, Float32Array.of(0.1, 0.5, 0.25));
  expect(none).toBeUndefined();
  expect(heads.made?.["orca/srkw"]).toBeCloseTo(1 / (1 + Math.exp(-(1.5 * orca - 0.25))), 9);
  expect(heads.made?.ship).toBeCloseTo(Math.min(0.9, Math.max(0.1, 0.1 + (0.8 * (ship + 1)) / 3)), 9);
  expect(heads.yamnet).toEqual({ "Bird, song": 0.5, Whale: 0.25 });
  const squeak = Float32Array.from({ length: DIMS }, (_, i) => (i === 0 ? 5 : 0.01));
  expect(stage.score(squeak, Float32Array.of(0, 0, 0)).noise).toEqual({ made: "squeak" });
});

test("a noise is as wide as its windows are apart, and ends half way to the nearest call", () => {
  /** Turned away from the first axis by an angle in degrees, towards another; of any length. */
  const at = (degrees: number, towards = 1) => {
    const turn = (degrees * Math.PI) / 180;
    return [3 * Math.cos(turn), towards === 1 ? 3 * Math.sin(turn) : 0, towards === 2 ? 3 * Math.sin(turn) : 0, 0];
  };
  const of = (marked: number[][], beside: number[][], positives: number[][]) => {
    const [m, b, p] = [marked, beside, positives].map((rows) => Float32Array.from(rows.flat()));
    const { nearest } = noiseOf(
      "pump",
      { marked: m, beside: b, positives: p } as Record<"marked" | "beside" | "positives", Float32Array>,
      4,
    );
    return (Math.acos(nearest) * 180) / Math.PI;
  };
  // One window: as wide as to the more alike of its neighbours, or half way to the nearest call.
  expect(of([at(0)], [at(40), at(25, 2)], [])).toBeCloseTo(25, 2);
  expect(of([at(0)], [at(40), at(25, 2)], [at(80), at(30)])).toBeCloseTo(15, 2);
  // Two windows, 10 degrees from their middle: 20 from each other, and half way from 10 to 26.
  expect(of([at(10), at(-10)], [at(90)], [at(80, 2)])).toBeCloseTo(20, 2);
  expect(of([at(10), at(-10)], [at(90)], [at(26)])).toBeCloseTo(18, 2);
  expect(() => of([at(10), at(-10)], [], [at(9)])).toThrow(/pump cannot be told from a labelled call/);
  expect(() => of([at(0)], [], [])).toThrow(/one window without a neighbour/);
});

test("windows that are below quietBelow are no part of an event, and all others may be", () => {
  const near = { ...whole, noise: [], events: { on: 0.8, off: 0.5, shortest: 0, gap: 0, windows: 1 } };
  const stage = stageOf([near]);
  const [orca = 0, ship = 0] = stage.quietBelow();
  // 1.5 z - 0.25 is 0 where the probability is 0.5; steps from 0.1 at -1 to 0.9 at 2 pass 0.5 somewhere between.
  expect(orca).toBeCloseTo(0.25 / 1.5, 6);
  expect(ship).toBe(-1);
  const x = new Float32Array(DIMS);
  const begins = (values: readonly number[]) =>
    stageOf([near]).events({ start: 0, end: 1 }, stage.scoreOf(Float64Array.from(values), 0, x, undefined)).length;
  expect(begins([orca - 1e-9, -2])).toBe(0);
  // `on` is 0.8, where 1.5 z - 0.25 is the logarithm of 4.
  expect(begins([(Math.log(4) + 0.25) / 1.5 + 1e-9, -2])).toBe(1);
});

test("quiet windows that are passed over leave the events as they are", () => {
  const rule = { shortest: 1, gap: 1.2, windows: 2, of: 3, off: 0.4 };
  const scores = Float32Array.from(noise(400, 0.7), (value) => Math.min(1, Math.max(0, 0.3 + value)));
  const windows = Array.from(scores, (probability, at) => ({ start: at * 0.5, end: at * 0.5 + 1, probability }));
  const ended = (stage: EventStage, skips: boolean) => {
    const said = windows.flatMap((window) => {
      if (!skips || window.probability >= stage.least) return stage.push(window);
      stage.skip(1);
      return [];
    });
    return [...said, ...stage.flush()].filter(({ phase }) => phase === "end");
  };
  const all = ended(new EventStage(rule, 0.5), false);
  expect(all.length).toBeGreaterThan(5);
  expect(ended(new EventStage(rule, 0.5), true)).toEqual(all);
});

const other = { ...whole, model: { ...whole.model, sha256: "a".repeat(64) } };
test.each<[string, () => unknown, RegExp]>([
  [
    "another model's",
    () => stageOf([{ ...whole, model: { ...whole.model, id: "vggish" } }]),
    /for vggish, and this is yamnet/,
  ],
  [
    "other weights'",
    () => stageOf([other], "", {}, { sha256: "b".repeat(64) }),
    /other weights of yamnet \(aaaaaaaaaaaa… and not bbbb/,
  ],
  [
    "another length's",
    () => stageOf([whole], "", {}, { dimensions: 5 }),
    /takes 37 numbers, and embeddings of yamnet have 5/,
  ],
  ["two of one name", () => stageOf([whole, whole]), /Two heads are called made/],
  ["too many", () => stageOf(Array.from({ length: MOST_HEADS + 1 }, () => whole)), /65 heads are more than 64/],
  [
    "521 classes, one by one",
    () => stageOf([], Array.from({ length: 521 }, (_, k) => `yamnet:${k}`).join(",")),
    /521 heads are more than 64/,
  ],
  ["a class that there is not", () => stageOf([], "yamnet:Whales>0.5"), /no such class/],
  ["a class twice", () => stageOf([], "yamnet:Cat,yamnet:0"), /detect names Cat twice/],
  ["a model without scores", () => stageOf([], "yamnet:Cat", {}, { scores: 0 }), /the model has no scores/],
  ["no number", () => scoreRules("yamnet:Cat>NaN"), /the score is not a number from 0 to 1/],
  ["no model", () => scoreRules("Cat!>0.5"), /begins with no model's name/],
])("heads that cannot run here: %s", (_, run, message) => {
  expect(run).toThrow(message);
});
