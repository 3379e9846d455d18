import type { Rows } from "./pca.ts";

/** A row by its number. */
function rowOf({ size, parts }: Rows, point: number): Float32Array {
  let left = point * size;
  for (const part of parts) {
    if (left < part.length) return part.subarray(left, left + size);
    left -= part.length;
  }
  throw new RangeError(`There is no row ${point}.`);
}

const lengthOf = (row: Float32Array) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;

/** The mean direction of some rows. */
function query(rows: Rows, points: readonly number[]): Float32Array {
  const mean = new Float32Array(rows.size);
  for (const point of points) {
    const row = rowOf(rows, point);
    const length = lengthOf(row);
    for (let at = 0; at < mean.length; at++) mean[at] = (mean[at] as number) + (row[at] as number) / length;
  }
  const length = lengthOf(mean);
  return mean.map((value) => value / length);
}

/** The cosine of every row and a direction of length 1. */
function scores({ size, parts }: Rows, direction: Float32Array): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0) / size);
  let to = 0;
  for (const part of parts) {
    for (let row = 0; row < part.length; row += size) {
      let [product, square] = [0, 0];
      for (let at = 0; at < size; at++) {
        const value = part[row + at] as number;
        product += value * (direction[at] as number);
        square += value * value;
      }
      out[to++] = square === 0 ? 0 : product / Math.sqrt(square);
    }
  }
  return out;
}

/**
 * Points in an order in which each is the least like those before it (farthest first: Gonzalez, Theoretical Computer Science
 * 38, 1985), as their places in `points`.
 * @param most  so many; it costs as many passes
 */
function diverse(rows: Rows, points: readonly number[], most: number): number[] {
  const nearest = new Float32Array(points.length).fill(-2);
  const order: number[] = [];
  for (let at = 0; at >= 0 && order.length < Math.min(most, points.length); ) {
    order.push(at);
    const direction = query(rows, [points[at] as number]);
    nearest[at] = 2;
    let next = -1;
    for (const [other, point] of points.entries()) {
      if (nearest[other] === 2) continue;
      const row = rowOf(rows, point);
      let [product, square] = [0, 0];
      for (let i = 0; i < row.length; i++) {
        product += (row[i] as number) * (direction[i] as number);
        square += (row[i] as number) ** 2;
      }
      nearest[other] = Math.max(nearest[other] as number, product / (Math.sqrt(square) || 1));
      if (next === -1 || (nearest[other] as number) < (nearest[next] as number)) next = other;
    }
    at = next;
  }
  return order;
}

/** What is like some windows, by cosine. */
export const similar = { query, scores, diverse };
