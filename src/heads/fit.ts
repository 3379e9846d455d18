import { OrcaError } from "../errors.ts";
import { dot, type Minimum, minimise, type Point, type Slope } from "./minimise.ts";
import type { Embeddings } from "./products.ts";

/** One class to be told from the rest, by some of the embeddings. */
export interface Problem {
  /** 1 for a positive, 0 for a negative; what stands where the weight is 0 does not matter. [rows] */
  readonly labels: Uint8Array;
  /** What each row counts for, 0 or more; 1 each where it is left out. [rows] */
  readonly weights?: Float64Array;
  /** How much the data count against the penalty: scikit-learn's C. */
  readonly C: number;
}

/** The optimum of one problem. */
export interface Fit {
  /** [dims] */
  readonly weights: Float64Array;
  readonly bias: number;
  /** 0.5 |w|² + C Σ weight log(1 + exp(-s (w·x + b))), s = ±1: as scikit-learn's. */
  readonly objective: number;
  /** Length of the gradient that is left. */
  readonly gradient: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * How far from the optimum a fit may stop, relative to its value. The penalty bends the function by 1 in every direction of
 * w, so a gradient g leaves at most |g|² / 2 above the least value.
 */
const PRECISION = 1e-10;
/** Of more rows than this an eighth is fitted first, roughly: it says where to begin, for an eighth of the price. */
const MANY_ROWS = 16_384;
const SHARE = 8;
export const ROUGH = 1e-5;

/**
 * L2-regularised logistic regression, each problem to its optimum, which is the only one; the bias is not penalised. All
 * problems share each pass over the embeddings. Deterministic: the same bits on every machine.
 *
 * @param from  where each begins: fits that are near, as those of another C
 * @param precision  how far from the optimum they may end, relative to its value
 * Throws `bad_option` for a problem whose rows are all of one kind, and for a C that is no positive number.
 */
export function fitAll(
  embeddings: Embeddings,
  problems: readonly Problem[],
  from?: readonly Fit[],
  precision = PRECISION,
): Fit[] {
  for (const problem of problems) check(problem, embeddings.rows);
  return optima(embeddings, problems, precision, from);
}

function optima(embeddings: Embeddings, problems: readonly Problem[], precision: number, from?: readonly Fit[]): Fit[] {
  const { dims } = embeddings;
  const mean = meanOf(embeddings);
  const near = (value: number, gradient: number) => gradient * gradient <= 2 * precision * value;
  const starts =
    from?.map((fit) => startOf(fit, mean)) ??
    (embeddings.rows > MANY_ROWS ? roughly(embeddings, problems, mean) : undefined);
  const running = problems.map((problem, at) => {
    const start = starts?.[at] ?? new Float64Array(dims + 1);
    if (starts === undefined) start[dims] = priorOf(problem);
    const steps = minimise(start, near);
    return { problem, steps, at: steps.next() as IteratorResult<Point, Minimum> };
  });
  for (;;) {
    const open = running.filter(({ at }) => at.done !== true);
    if (open.length === 0) break;
    const points = open.map(({ at }) => at.value as Point);
    const slopes = slopesAt(
      embeddings,
      mean,
      points,
      open.map(({ problem }) => problem),
    );
    for (const [i, one] of open.entries()) one.at = one.steps.next(slopes[i] as Slope);
  }
  return running.map(({ at }) => {
    const { point, value, gradient, iterations, converged } = at.value as Minimum;
    const weights = point.slice(0, dims);
    const bias = (point[dims] as number) - dot(weights, mean);
    return { weights, bias, objective: value, gradient, iterations, converged };
  });
}

/** Where to begin: the optima of every eighth row. */
function roughly(embeddings: Embeddings, problems: readonly Problem[], mean: Float64Array): Float64Array[] | undefined {
  const rows = Array.from({ length: Math.floor(embeddings.rows / SHARE) }, (_, i) => i * SHARE);
  const fewer = problems.map(({ labels, weights, C }) => ({
    labels: Uint8Array.from(rows, (row) => labels[row] as number),
    ...(weights === undefined ? {} : { weights: Float64Array.from(rows, (row) => weights[row] as number) }),
    C: C * SHARE,
  }));
  if (fewer.some((problem) => !hasBoth(problem, rows.length))) return undefined;
  return optima(embeddings.some(rows), fewer, ROUGH).map((fit) => startOf(fit, mean));
}

/** A fit as a point: its bias is that of embeddings less their mean. */
function startOf({ weights, bias }: Pick<Fit, "weights" | "bias">, mean: Float64Array): Float64Array {
  const start = new Float64Array(mean.length + 1);
  start.set(weights);
  start[mean.length] = bias + dot(weights, mean);
  return start;
}

function hasBoth({ labels, weights }: Problem, rows: number): boolean {
  return kinds(labels, weights, rows).every((count) => count > 0);
}

/** How many rows that count are negative, and positive. */
function kinds(labels: Uint8Array, weights: Float64Array | undefined, rows: number): [number, number] {
  const seen: [number, number] = [0, 0];
  for (let row = 0; row < rows; row++)
    if (weights === undefined || (weights[row] as number) > 0) seen[labels[row] === 1 ? 1 : 0]++;
  return seen;
}

function check({ labels, weights, C }: Problem, rows: number): void {
  if (!(C > 0 && Number.isFinite(C))) {
    throw new OrcaError("bad_option", `C is ${C}, and must be a positive number.`, { field: "c" });
  }
  const seen = kinds(labels, weights, rows);
  if (seen[0] === 0 || seen[1] === 0) {
    const [what, other] = seen[1] === 0 ? ["positive", "negatives"] : ["negative", "positives"];
    throw new OrcaError(
      "bad_option",
      `There is no ${what} window, only ${other}: nothing can be learned from one kind.`,
      {
        field: "classes",
        hint: "Label windows of both kinds.",
      },
    );
  }
}

/** The mean embedding: what is learned about what differs from it is learned faster, and is the same. */
function meanOf(embeddings: Embeddings): Float64Array {
  const mean = new Float64Array(embeddings.dims);
  for (let row = 0; row < embeddings.rows; row++) {
    const x = embeddings.row(row);
    for (let d = 0; d < mean.length; d++) mean[d] = (mean[d] as number) + (x[d] as number);
  }
  return mean.map((sum) => sum / embeddings.rows);
}

/** The logit of how many are positive. */
function priorOf({ labels, weights }: Problem): number {
  let [positive, negative] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    const weight = weights?.[row] ?? 1;
    if (labels[row] === 1) positive += weight;
    else negative += weight;
  }
  return Math.log(positive / negative);
}

function slopesAt(
  embeddings: Embeddings,
  mean: Float64Array,
  points: readonly Point[],
  problems: readonly Problem[],
): Slope[] {
  const { dims } = embeddings;
  const weights = points.map((point) => point.subarray(0, dims));
  const biases = points.map((point, i) => (point[dims] as number) - dot(weights[i] as Float64Array, mean));
  const values = new Float64Array(points.length);
  const sums = new Float64Array(points.length);
  const gradients = embeddings.gradients(weights, (first, count, products) => {
    for (let i = 0; i < count; i++) {
      for (const [column, { labels, weights: counts, C }] of problems.entries()) {
        const at = i * problems.length + column;
        const weight = counts === undefined ? C : C * (counts[first + i] as number);
        if (weight === 0) {
          products[at] = 0;
          continue;
        }
        const positive = labels[first + i] === 1;
        const z = (products[at] as number) + (biases[column] as number);
        const margin = positive ? z : -z;
        const tail = Math.exp(-Math.abs(margin));
        values[column] = (values[column] as number) + weight * (Math.log1p(tail) + Math.max(0, -margin));
        const missed = margin >= 0 ? tail / (1 + tail) : 1 / (1 + tail);
        const residual = positive ? -weight * missed : weight * missed;
        products[at] = residual;
        sums[column] = (sums[column] as number) + residual;
      }
    }
  });
  return gradients.map((products, column) => {
    const w = weights[column] as Float64Array;
    const sum = sums[column] as number;
    const gradient = new Float64Array(dims + 1);
    for (let d = 0; d < dims; d++) gradient[d] = (products[d] as number) - sum * (mean[d] as number) + (w[d] as number);
    gradient[dims] = sum;
    return { value: 0.5 * dot(w, w) + (values[column] as number), gradient };
  });
}
