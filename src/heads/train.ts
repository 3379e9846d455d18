import { OrcaError } from "../errors.ts";
import { type Calibration, isotonic, platt, probability } from "./calibration.ts";
import { countsOf, type Examples, type FitOptions, rowWeights, UNKNOWN } from "./examples.ts";
import { type Fit, fitAll, ROUGH } from "./fit.ts";
import { foldsOf, tooFew } from "./folds.ts";
import { HEAD_FORMAT, type Head } from "./head.ts";
import { averagePrecision, meanOfNumbers } from "./metrics.ts";
import type { Embeddings } from "./products.ts";

export interface TrainOptions extends FitOptions {
  readonly calibration: "platt" | "isotonic" | "none";
}

/** What a class's fit was like, and what it gave where it had not looked. */
export interface TrainedClass {
  readonly name: string;
  /** Logits of folds that did not see the row; NaN where no fold could be fitted. [rows] */
  readonly outOfFold: Float64Array;
  readonly objective: number;
  /** Why it cannot be judged; undefined where it can. */
  readonly tooFew: string | undefined;
}

export interface Training {
  readonly head: Head;
  readonly classes: readonly TrainedClass[];
  readonly C: number;
  /** Of each strength that was tried, the mean average precision out of fold; NaN where no class could be judged. */
  readonly tried: readonly { readonly C: number; readonly averagePrecision: number }[];
  /** Each row's fold. */
  readonly folds: Int32Array;
}

/** What of a head is not learned. */
export interface HeadOrigin {
  readonly id: string;
  readonly model: Head["model"];
  /** Who made the labels, where the windows come from, when: it stands in the file. */
  readonly training: Readonly<Record<string, unknown>>;
}

/**
 * A head: C by grouped folds, then every class fitted to all of its windows, its calibration to logits out of fold.
 * Deterministic. Throws `bad_option` for a class whose windows are all of one kind.
 */
export function train(embeddings: Embeddings, examples: Examples, origin: HeadOrigin, options: TrainOptions): Training {
  const { classes, labels, groups } = examples;
  if (classes.length === 0) throw new OrcaError("bad_option", "No class is named.", { field: "classes" });
  for (const [k, name] of classes.entries()) checkKinds(name, examples, labels[k] as Uint8Array);
  const folds = foldsOf(groups, labels, options.folds);
  const groupCount = new Set(groups).size;
  // Which strength is best is seen well before the optimum; each begins where the one before it ended.
  let before: readonly Fit[] | undefined;
  const tried = options.strengths.map((C) => {
    const { logits, fits } = outOfFold(embeddings, examples, folds, C, options, before, ROUGH);
    before = fits;
    return { C, logits, fits };
  });
  const scored = tried.map(({ C, logits, fits }) => ({
    C,
    logits,
    fits,
    averagePrecision: meanOfNumbers(
      classes.map((_, k) => {
        const { truth, scores } = judged(examples, k, logits[k] as Float64Array);
        return tooFew(groups, counted(examples, k)) === undefined ? averagePrecision(truth, scores) : Number.NaN;
      }),
    ),
  }));
  // The weakest of those that are as good as the best.
  const best = scored.reduce((a, b) => (b.averagePrecision > a.averagePrecision + 1e-9 ? b : a));
  // Where nothing can be judged: the strength nearest to 1, which is scikit-learn's own.
  const chosen = scored.every((one) => Number.isNaN(one.averagePrecision))
    ? scored.reduce((a, b) => (Math.abs(Math.log(b.C)) < Math.abs(Math.log(a.C)) ? b : a))
    : best;
  const { logits: chosenLogits } = outOfFold(embeddings, examples, folds, chosen.C, options, chosen.fits);
  const fits = fitAll(
    embeddings,
    labels.map((of) => ({ labels: of, weights: rowWeights(examples, of, options), C: chosen.C })),
  );
  // What few recordings say of the next one is no more than their own mood: a calibration on them would do harm.
  const calibrations = classes.map((_, k) =>
    tooFew(groups, counted(examples, k)) === undefined
      ? calibrationOf(examples, k, chosenLogits[k] as Float64Array, options)
      : undefined,
  );
  const { dims } = embeddings;
  const weights = new Float32Array(classes.length * dims);
  for (const [k, one] of fits.entries()) weights.set(one.weights, k * dims);
  const head: Head = {
    format: HEAD_FORMAT,
    id: origin.id,
    model: origin.model,
    classes: classes.map((name, k) => {
      const calibration = calibrations[k];
      return { name, threshold: 0.5, ...(calibration === undefined ? {} : { calibration }) };
    }),
    weights,
    bias: Float32Array.from(fits, ({ bias }) => bias),
    noise: [],
    training: {
      ...origin.training,
      C: chosen.C,
      tried: scored.map((one) => ({ C: one.C, averagePrecision: numberOrNull(one.averagePrecision) })),
      folds: Math.min(options.folds, groupCount),
      balance: options.balance,
      weakWeight: options.weakWeight,
      counts: Object.fromEntries(classes.map((name, k) => [name, countsOf(examples, labels[k] as Uint8Array)])),
      weakNegatives: examples.weak.reduce((sum, one) => sum + one, 0),
    },
  };
  return {
    head,
    classes: classes.map((name, k) => ({
      name,
      outOfFold: chosenLogits[k] as Float64Array,
      objective: (fits[k] as Fit).objective,
      tooFew: tooFew(groups, counted(examples, k)),
    })),
    C: chosen.C,
    tried: scored.map(({ C, averagePrecision: value }) => ({ C, averagePrecision: value })),
    folds,
  };
}

export const numberOrNull = (value: number) => (Number.isNaN(value) ? null : value);

/** A class's labels, what nobody labelled left out. */
function counted({ weak, labels }: Examples, k: number): Uint8Array {
  return (labels[k] as Uint8Array).map((label, row) => (weak[row] === 1 ? UNKNOWN : label));
}

/** Labelled rows with their logits, where there are any. */
export function judged(examples: Examples, k: number, logits: Float64Array) {
  const rows = [...logits.keys()].filter(
    (row) => examples.weak[row] !== 1 && examples.labels[k]?.[row] !== UNKNOWN && !Number.isNaN(logits[row]),
  );
  return {
    rows,
    truth: rows.map((row) => examples.labels[k]?.[row] as number),
    scores: rows.map((row) => logits[row] as number),
  };
}

function checkKinds(name: string, examples: Examples, labels: Uint8Array): void {
  const { positives, negatives } = countsOf(examples, labels);
  if (positives > 0 && (negatives > 0 || examples.weak.some((one) => one === 1))) return;
  const what = positives === 0 ? `no window is labelled ${name}` : `every window is labelled ${name}`;
  throw new OrcaError("bad_option", `${name} cannot be learned: ${what}.`, {
    field: "classes",
    hint:
      positives === 0
        ? "Is it spelled as in the labels, and do they overlap windows?"
        : "Label windows without it too.",
  });
}

/** Logits of each row by fits that did not see its group; NaN where the others hold only one kind. */
function outOfFold(
  embeddings: Embeddings,
  examples: Examples,
  folds: Int32Array,
  C: number,
  options: Pick<FitOptions, "balance" | "weakWeight">,
  from?: readonly Fit[],
  precision?: number,
): { readonly logits: Float64Array[]; readonly fits: readonly Fit[] } {
  const { labels } = examples;
  const count = folds.reduce((most, fold) => Math.max(most, fold), 0) + 1;
  const out = labels.map((of) => new Float64Array(of.length).fill(Number.NaN));
  if (count < 2) return { logits: out, fits: [] };
  const problems = labels.flatMap((of, k) =>
    Array.from({ length: count }, (_, fold) => {
      const weights = rowWeights(examples, of, options, (row) => folds[row] === fold);
      return { k, fold, problem: { labels: of, weights, C } };
    }).filter(({ problem: { weights } }) => {
      const has = (kind: boolean) => of.some((label, row) => (label === 1) === kind && (weights[row] as number) > 0);
      return has(true) && has(false);
    }),
  );
  if (problems.length === 0) return { logits: out, fits: [] };
  const fits = fitAll(
    embeddings,
    problems.map(({ problem }) => problem),
    from,
    precision,
  );
  embeddings.columnProducts(
    fits.map(({ weights }) => weights),
    (first, rows, products) => {
      for (let i = 0; i < rows; i++) {
        for (const [column, { k, fold }] of problems.entries()) {
          if (folds[first + i] !== fold) continue;
          (out[k] as Float64Array)[first + i] =
            (products[i * problems.length + column] as number) + (fits[column] as Fit).bias;
        }
      }
    },
  );
  return { logits: out, fits };
}

function calibrationOf(
  examples: Examples,
  k: number,
  logits: Float64Array,
  { calibration }: TrainOptions,
): Calibration | undefined {
  const { truth, scores } = judged(examples, k, logits);
  if (calibration === "none" || new Set(truth).size < 2) return undefined;
  if (calibration === "isotonic") return isotonic(truth, scores);
  const line = platt(truth, scores);
  // A flat line would give every window the same probability.
  return line.kind === "platt" && line.slope === 0 ? undefined : line;
}

/** Probabilities out of fold. */
export const probabilitiesOf = (logits: Float64Array, calibration: Calibration | undefined) =>
  logits.map((logit) => (Number.isNaN(logit) ? logit : probability(logit, calibration)));

/** Probabilities of a head's classes by fits of its strength that did not see each window's group. [classes][rows] */
export function fitOutOfFold(
  embeddings: Embeddings,
  examples: Examples,
  head: Head,
  options: Pick<FitOptions, "balance" | "weakWeight" | "folds"> & { readonly C: number },
): Float64Array[] {
  const folds = foldsOf(examples.groups, examples.labels, options.folds);
  const { logits } = outOfFold(embeddings, examples, folds, options.C, options);
  return logits.map((values, k) => probabilitiesOf(values, head.classes[k]?.calibration));
}
