/** A point to look at: what is asked for its value and gradient. */
export type Point = Float64Array;
/** The answer: how the function stands there. */
export interface Slope {
  readonly value: number;
  readonly gradient: Float64Array;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  /** Length of the gradient that is left. */
  readonly gradient: number;
  readonly iterations: number;
  /** Whether it came as near as was asked for, and did not stop because no step led down any more. */
  readonly converged: boolean;
}

/** Corrections that are kept (Liu and Nocedal 1989: more than some tens do not help). */
const MEMORY = 20;
/** Of the decrease that the slope promises (Nocedal and Wright 2006, 3.1). */
const ARMIJO = 1e-4;
const MOST_ITERATIONS = 2000;
const MOST_HALVINGS = 30;

/**
 * Limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.5) of a smooth convex function, whose values somebody else
 * works out: it yields the points that it wants to know of, so that many functions are looked at in one pass over the
 * data. On a strictly convex function any step that leads down has curvature, so backtracking is enough.
 * @param near  whether a value with a gradient of that length is near enough
 */
export function* minimise(
  start: Float64Array,
  near: (value: number, gradient: number) => boolean,
): Generator<Point, Minimum, Slope> {
  const { length } = start;
  let point = start;
  let { value, gradient } = yield point;
  let size = norm(gradient);
  const steps: Float64Array[] = [];
  const turns: Float64Array[] = [];
  const curvatures: number[] = [];
  let iterations = 0;
  for (; iterations < MOST_ITERATIONS && !near(value, size); iterations++) {
    const direction = descent(gradient, steps, turns, curvatures);
    const slope = dot(direction, gradient);
    let step = steps.length === 0 ? Math.min(1, 1 / size) : 1;
    let next: Float64Array | undefined;
    let there: Slope | undefined;
    for (let halvings = 0; halvings < MOST_HALVINGS; halvings++) {
      const tried: Float64Array = new Float64Array(length);
      for (let i = 0; i < length; i++) tried[i] = (point[i] as number) + step * (direction[i] as number);
      const answer: Slope = yield tried;
      // Where the decrease drowns in rounding, a shorter gradient is one too.
      const rounding = 1e-14 * Math.abs(value);
      if (
        answer.value <= value + ARMIJO * step * slope ||
        (answer.value <= value + rounding && norm(answer.gradient) < size)
      ) {
        next = tried;
        there = answer;
        break;
      }
      // The parabola through both values and the slope, kept away from its ends.
      const bend = answer.value - value - step * slope;
      const best = bend > 0 ? (-slope * step * step) / (2 * bend) : step / 2;
      step = Math.min(Math.max(best, step / 10), step / 2);
    }
    if (next === undefined || there === undefined) break;
    const taken = difference(next, point);
    const turn = difference(there.gradient, gradient);
    const curvature = dot(taken, turn);
    if (curvature > 1e-300) {
      steps.push(taken);
      turns.push(turn);
      curvatures.push(curvature);
      if (steps.length > MEMORY) for (const list of [steps, turns, curvatures]) list.shift();
    }
    point = next;
    ({ value, gradient } = there);
    size = norm(gradient);
  }
  return { point, value, gradient: size, iterations, converged: near(value, size) };
}

/** The quasi-Newton direction (two-loop recursion). */
function descent(
  gradient: Float64Array,
  steps: readonly Float64Array[],
  turns: readonly Float64Array[],
  curvatures: readonly number[],
): Float64Array {
  const direction = gradient.map((value) => -value);
  const weights = new Float64Array(steps.length);
  for (let i = steps.length - 1; i >= 0; i--) {
    weights[i] = dot(steps[i] as Float64Array, direction) / (curvatures[i] as number);
    addScaled(direction, turns[i] as Float64Array, -(weights[i] as number));
  }
  const last = turns.at(-1);
  if (last !== undefined) {
    const scale = (curvatures.at(-1) as number) / dot(last, last);
    for (let i = 0; i < direction.length; i++) direction[i] = (direction[i] as number) * scale;
  }
  for (let i = 0; i < steps.length; i++) {
    const back = dot(turns[i] as Float64Array, direction) / (curvatures[i] as number);
    addScaled(direction, steps[i] as Float64Array, (weights[i] as number) - back);
  }
  return direction;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

const norm = (a: Float64Array) => Math.sqrt(dot(a, a));
const difference = (a: Float64Array, b: Float64Array) => a.map((value, i) => value - (b[i] as number));

function addScaled(to: Float64Array, from: Float64Array, scale: number): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + scale * (from[i] as number);
}
