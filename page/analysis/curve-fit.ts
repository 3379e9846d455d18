/**
 * Least squares of a curve with few parameters, by damped Gauss-Newton steps (Marquardt 1963). It stands where umap-js asks for
 * ml-levenberg-marquardt, which brings a library of matrices that is as large as all the rest of the worker.
 */
interface Wanted {
  readonly initialValues?: readonly number[];
  readonly maxIterations?: number;
}

/** Steps of the numeric derivatives. */
const STEP = 1e-6;

export default function curveFit(
  { x, y }: { readonly x: readonly number[]; readonly y: readonly number[] },
  curve: (parameters: number[]) => (x: number) => number,
  { initialValues = [0.5, 0.5], maxIterations = 100 }: Wanted,
): { readonly parameterValues: number[] } {
  let values = [...initialValues];
  const residuals = (at: number[]) => {
    const of = curve(at);
    return x.map((one, i) => (y[i] as number) - of(one));
  };
  const squares = (all: readonly number[]) => all.reduce((sum, one) => sum + one * one, 0);
  let damping = 1e-2;
  let now = residuals(values);
  for (let round = 0; round < maxIterations; round++) {
    const slopes = values.map((value, k) =>
      residuals(values.with(k, value + STEP)).map((moved, i) => ((now[i] as number) - moved) / STEP),
    );
    const dot = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, one, i) => sum + one * (b[i] as number), 0);
    const normal = slopes.map((a, k) => slopes.map((b, l) => dot(a, b) * (k === l ? 1 + damping : 1)));
    const step = solved(
      normal,
      slopes.map((a) => dot(a, now)),
    );
    const next = values.map((value, k) => value + (step[k] as number));
    const after = residuals(next);
    if (!(squares(after) < squares(now))) {
      damping *= 10;
      if (damping > 1e12) break;
      continue;
    }
    [values, now] = [next, after];
    damping /= 10;
    if (step.every((one, k) => Math.abs(one) < 1e-9 * Math.abs(values[k] as number))) break;
  }
  return { parameterValues: values };
}

/** Of a small system of equations, by elimination with pivots. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, k) => [...row, right[k] as number]);
  const count = rows.length;
  for (let k = 0; k < count; k++) {
    const best = rows.slice(k).reduce((a, b) => (Math.abs(b[k] as number) > Math.abs(a[k] as number) ? b : a));
    rows.splice(rows.indexOf(best), 1);
    rows.splice(k, 0, best);
    for (const [at, row] of rows.entries()) {
      if (at === k) continue;
      const factor = (row[k] as number) / (best[k] as number);
      for (let c = k; c <= count; c++) row[c] = (row[c] as number) - factor * (best[c] as number);
    }
  }
  return rows.map((row, k) => (row[count] as number) / (row[k] as number));
}
