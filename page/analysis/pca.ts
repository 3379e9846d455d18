import { symmetricEigen } from "./symmetric-eigen.ts";

/** Rows of one length, one after the other in several arrays. */
export interface Rows {
  readonly size: number;
  readonly parts: readonly Float32Array[];
}

/** Two axes of the plane, and where their middle is. */
export interface Axes {
  readonly first: Float64Array<ArrayBuffer>;
  readonly second: Float64Array<ArrayBuffer>;
  /** The mean of the rows' directions. */
  readonly mean: Float64Array<ArrayBuffer>;
  /** Part of the variance along each axis. */
  readonly explained: readonly [number, number];
}

/**
 * Directions that are followed, of which the first two are shown: the others make these converge where the second and the
 * third eigenvalue are close (Halko, Martinsson and Tropp, SIAM Review 53, 2011, on oversampling).
 */
const FOLLOWED = 8;
const MOST_STEPS = 200;

/**
 * The two directions of largest variance of the rows, each of which counts as its direction (scaled to length 1): so
 * near in the plane is what the cosine calls near, and a loud window weighs no more than a quiet one. By subspace iteration
 * with Rayleigh-Ritz until the shares stand still; no covariance matrix is made.
 * @param settled  change of the two shares, from one step to the next, at which they stand still
 * @param like     axes found before: the iteration starts there, and the picture does not flip
 */
export function principalAxes({ size, parts }: Rows, like?: Axes, settled = 1e-8): Axes {
  const unit = unitRows({ size, parts });
  const count = unit.length / size;
  const mean = new Float64Array(size);
  for (let row = 0; row < unit.length; row += size)
    for (let at = 0; at < size; at++) mean[at] = (mean[at] as number) + (unit[row + at] as number) / count;
  let total = 0;
  for (let row = 0; row < unit.length; row += size)
    for (let at = 0; at < size; at++) {
      const value = (unit[row + at] as number) - (mean[at] as number);
      unit[row + at] = value;
      total += value * value;
    }
  const followed = Math.min(FOLLOWED, size, Math.max(2, count));
  let basis = startBasis(size, followed, like);
  let shares: [number, number] = [0, 0];
  for (let step = 0; step < MOST_STEPS && total > 0; step++) {
    const { turned, values } = ritz(unit, size, basis);
    basis = turned;
    const next: [number, number] = [(values[0] ?? 0) / total, (values[1] ?? 0) / total];
    const still = Math.max(Math.abs(next[0] - shares[0]), Math.abs(next[1] - shares[1]));
    shares = next;
    if (step > 2 && still < settled) break;
  }
  const [first, second] = [alike(basis[0] as Vector, like?.first), alike(basis[1] as Vector, like?.second)];
  return { first, second, mean, explained: shares };
}

/** x and y of every row. */
export function project({ size, parts }: Rows, { first, second, mean }: Axes): Float32Array<ArrayBuffer> {
  const out = new Float32Array((2 * parts.reduce((sum, part) => sum + part.length, 0)) / size);
  const [x0, y0] = [dot(first, mean, 0), dot(second, mean, 0)];
  let to = 0;
  for (const part of parts) {
    for (let row = 0; row < part.length; row += size) {
      let [x, y, square] = [0, 0, 0];
      for (let at = 0; at < size; at++) {
        const value = part[row + at] as number;
        x += value * (first[at] as number);
        y += value * (second[at] as number);
        square += value * value;
      }
      const length = Math.sqrt(square) || 1;
      out[to++] = x / length - x0;
      out[to++] = y / length - y0;
    }
  }
  return out;
}

type Vector = Float64Array<ArrayBuffer>;

/** The rows scaled to length 1, in one array; a row of zeros stays one. */
function unitRows({ size, parts }: Rows): Float32Array<ArrayBuffer> {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  for (let row = 0; row < out.length; row += size) {
    const values = out.subarray(row, row + size);
    let square = 0;
    for (const value of values) square += value * value;
    const length = Math.sqrt(square) || 1;
    for (let i = 0; i < size; i++) values[i] = (values[i] as number) / length;
  }
  return out;
}

function startBasis(size: number, count: number, like: Axes | undefined): Vector[] {
  // Any start that is not orthogonal to the answer will do; the same start gives the same picture.
  const start = Array.from({ length: count }, (_, k) =>
    Float64Array.from({ length: size }, (_, at) => Math.sin((k + 1) * (1 + at * 1.7) + at * at * 0.37)),
  );
  if (like?.first.length === size) [start[0], start[1]] = [like.first.slice(), like.second.slice()];
  return orthonormal(start);
}

/** One multiplication with the covariance, and the directions within its span by their variance. */
function ritz(rows: Float32Array, size: number, basis: readonly Vector[]): { turned: Vector[]; values: number[] } {
  const k = basis.length;
  const next = basis.map(() => new Float64Array(size));
  const gram = basis.map(() => new Float64Array(k));
  const along = new Float64Array(k);
  for (let row = 0; row < rows.length; row += size) {
    for (let i = 0; i < k; i++) along[i] = dot(basis[i] as Vector, rows, row);
    for (let i = 0; i < k; i++) {
      const [target, part] = [next[i] as Vector, along[i] as number];
      for (let at = 0; at < size; at++) target[at] = (target[at] as number) + part * (rows[row + at] as number);
      const line = gram[i] as Vector;
      for (let j = 0; j <= i; j++) line[j] = (line[j] as number) + part * (along[j] as number);
    }
  }
  for (let i = 0; i < k; i++) for (let j = i + 1; j < k; j++) (gram[i] as Vector)[j] = gram[j]?.[i] ?? 0;
  // The gram matrix is of this basis; the same turn of the multiplied one is the better start for the next step.
  const { values, vectors } = symmetricEigen(gram);
  const turned = vectors.map((vector) => {
    const out = new Float64Array(size);
    for (let i = 0; i < k; i++) {
      const part = vector[i] as number;
      const source = next[i] as Vector;
      for (let at = 0; at < size; at++) out[at] = (out[at] as number) + part * (source[at] as number);
    }
    return out;
  });
  return { turned: orthonormal(turned), values };
}

/** Gram and Schmidt's, twice for the rounding; a vector that vanishes becomes zero. */
function orthonormal(vectors: readonly Vector[]): Vector[] {
  const done: Vector[] = [];
  for (const vector of vectors) {
    const before = Math.sqrt(dot(vector, vector, 0));
    for (let pass = 0; pass < 2; pass++) {
      for (const other of done) {
        const along = dot(other, vector, 0);
        for (let at = 0; at < vector.length; at++) vector[at] = (vector[at] as number) - along * (other[at] as number);
      }
    }
    const length = Math.sqrt(dot(vector, vector, 0));
    const scale = length > 1e-12 * before ? 1 / length : 0;
    done.push(vector.map((value) => value * scale));
  }
  return done;
}

/** On the side of `other`. */
function alike(vector: Vector, other: Vector | undefined): Vector {
  return other !== undefined && other.length === vector.length && dot(vector, other, 0) < 0
    ? vector.map((value) => -value)
    : vector;
}

function dot(a: Float64Array, b: Float64Array | Float32Array, from: number): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[from + at] as number);
  return sum;
}
