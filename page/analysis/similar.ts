/** What is like some windows, by cosine. Rows are [count, size], one behind the other. */

const lengthOf = (row: Float32Array) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;

/** The mean direction of some rows. */
function query(rows: Float32Array, size: number): Float32Array {
  const mean = new Float32Array(size);
  for (let from = 0; from < rows.length; from += size) {
    const length = lengthOf(rows.subarray(from, from + size));
    for (let at = 0; at < size; at++) mean[at] = (mean[at] as number) + (rows[from + at] as number) / length;
  }
  const length = lengthOf(mean);
  return mean.map((value) => value / length);
}

/** The cosine of every row and a direction of length 1. */
function scores(rows: Float32Array, direction: Float32Array): Float32Array<ArrayBuffer> {
  const size = direction.length;
  const out = new Float32Array(rows.length / size);
  for (let row = 0, to = 0; row < rows.length; row += size) {
    let [product, square] = [0, 0];
    for (let at = 0; at < size; at++) {
      const value = rows[row + at] as number;
      product += value * (direction[at] as number);
      square += value * value;
    }
    out[to++] = square === 0 ? 0 : product / Math.sqrt(square);
  }
  return out;
}

/**
 * Rows in an order in which each is the least like those before it (farthest first: Gonzalez, Theoretical Computer Science
 * 38, 1985), by their places.
 * @param most  so many; it costs as many passes
 */
function diverse(rows: Float32Array, size: number, most: number): number[] {
  const count = rows.length / size;
  const nearest = new Float32Array(count).fill(-2);
  const order: number[] = [];
  for (let at = 0; at >= 0 && order.length < Math.min(most, count); ) {
    order.push(at);
    const likeness = scores(rows, query(rows.subarray(at * size, (at + 1) * size), size));
    nearest[at] = 2;
    let next = -1;
    for (let other = 0; other < count; other++) {
      if (nearest[other] === 2) continue;
      nearest[other] = Math.max(nearest[other] as number, likeness[other] as number);
      if (next === -1 || (nearest[other] as number) < (nearest[next] as number)) next = other;
    }
    at = next;
  }
  return order;
}

export const similar = { query, scores, diverse };
