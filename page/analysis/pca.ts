/** Rows of one length, one after the other in several arrays. */
export interface Rows {
  readonly size: number;
  readonly parts: readonly Float32Array[];
}

/**
 * The two directions of largest variance, by orthogonal (power) iteration that starts from the directions found before:
 * while windows stream in, one or two steps follow them, and at the end a few more settle it. No covariance matrix is
 * made, so a step costs two passes over the rows. The sign of a direction stays what it was, so that the picture does
 * not flip.
 */
export class Pca {
  #first: Float64Array<ArrayBuffer>;
  #second: Float64Array<ArrayBuffer>;
  #mean: Float64Array<ArrayBuffer>;
  /** Part of the variance along each direction. */
  explained: readonly [number, number] = [0, 0];

  constructor(size: number) {
    // Any start that is not orthogonal to the answer will do; the same start gives the same picture.
    this.#first = Float64Array.from({ length: size }, (_, at) => Math.sin(1 + at * 1.7));
    this.#second = Float64Array.from({ length: size }, (_, at) => Math.cos(2 + at * 2.3));
    this.#mean = new Float64Array(size);
  }

  /**
   * Follows the rows by `steps` steps; stops early when the directions no longer turn.
   * @param still  the cosine, less than 1 by this, at which a direction has not turned
   */
  fit(rows: Rows, steps: number, still = 1e-10): void {
    this.#centre(rows);
    for (let step = 0; step < steps; step++) if (this.#step(rows) > 1 - still) break;
  }

  /** x and y of every row. */
  project({ size, parts }: Rows): Float32Array<ArrayBuffer> {
    const count = parts.reduce((sum, part) => sum + part.length, 0) / size;
    const out = new Float32Array(2 * count);
    const offset = [dot(this.#first, this.#mean, 0), dot(this.#second, this.#mean, 0)] as const;
    let at = 0;
    for (const part of parts) {
      for (let row = 0; row < part.length; row += size) {
        out[at++] = dot(this.#first, part, row) - offset[0];
        out[at++] = dot(this.#second, part, row) - offset[1];
      }
    }
    return out;
  }

  #centre({ size, parts }: Rows): void {
    const mean = new Float64Array(size);
    let count = 0;
    for (const part of parts) {
      for (let row = 0; row < part.length; row += size, count++) {
        for (let at = 0; at < size; at++) mean[at] = (mean[at] as number) + (part[row + at] as number);
      }
    }
    this.#mean = mean.map((sum) => sum / Math.max(1, count));
  }

  /** One iteration; gives how far the directions stayed the same, 1 for entirely. */
  #step({ size, parts }: Rows): number {
    const [a, b] = [new Float64Array(size), new Float64Array(size)];
    const offset = [dot(this.#first, this.#mean, 0), dot(this.#second, this.#mean, 0)] as const;
    const square = dot(this.#mean, this.#mean, 0);
    let [total, sumA, sumB] = [0, 0, 0];
    for (const part of parts) {
      for (let row = 0; row < part.length; row += size) {
        const x = dot(this.#first, part, row) - offset[0];
        const y = dot(this.#second, part, row) - offset[1];
        let length = square;
        for (let at = 0; at < size; at++) {
          const value = part[row + at] as number;
          a[at] = (a[at] as number) + x * value;
          b[at] = (b[at] as number) + y * value;
          length += value * (value - 2 * (this.#mean[at] as number));
        }
        total += length;
        sumA += x * x;
        sumB += y * y;
      }
    }
    // The mean's part cancels out: the x sum to zero, and so do the y.
    const first = unit(a, this.#first);
    const along = dot(first, b, 0);
    const second = unit(
      b.map((value, at) => value - along * (first[at] as number)),
      this.#second,
    );
    const same = Math.min(Math.abs(dot(first, this.#first, 0)), Math.abs(dot(second, this.#second, 0)));
    [this.#first, this.#second] = [first, second];
    this.explained = total > 0 ? [Math.min(1, sumA / total), Math.min(1, sumB / total)] : [0, 0];
    return same;
  }
}

function dot(a: Float64Array, b: Float64Array | Float32Array, from: number): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[from + at] as number);
  return sum;
}

/** Of length 1, on the side of `like`; `like` itself where there is no direction. */
function unit(values: Float64Array<ArrayBuffer>, like: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const length = Math.sqrt(dot(values, values, 0));
  if (length < 1e-12) return like.map((value) => value / (Math.sqrt(dot(like, like, 0)) || 1));
  const sign = dot(values, like, 0) < 0 ? -1 : 1;
  return values.map((value) => (sign * value) / length);
}
