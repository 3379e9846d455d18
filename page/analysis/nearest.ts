import type { Rows } from "./pca.ts";

export interface Neighbour {
  readonly point: number;
  /** 1 for the same direction, -1 for the opposite. */
  readonly cosine: number;
}

/** Finds the rows most like one by cosine, without itself, while rows are pushed in order. */
export class Nearest {
  /** Best first. */
  readonly found: Neighbour[] = [];
  readonly #query: Float32Array;
  readonly #length: number;
  readonly #point: number;
  readonly #count: number;
  #at = 0;

  /** @param point  the number of the query's own row */
  constructor(query: Float32Array, point: number, count: number) {
    this.#query = query;
    this.#length = Math.sqrt(query.reduce((sum, value) => sum + value * value, 0)) || 1;
    this.#point = point;
    this.#count = count;
  }

  /** @param rows  whole rows of the query's length */
  push(rows: Float32Array): void {
    const [query, size, { found }] = [this.#query, this.#query.length, this];
    for (let row = 0; row < rows.length; row += size) {
      const at = this.#at++;
      if (at === this.#point) continue;
      let [product, square] = [0, 0];
      for (let dimension = 0; dimension < size; dimension++) {
        const value = rows[row + dimension] as number;
        product += value * (query[dimension] as number);
        square += value * value;
      }
      const cosine = square === 0 ? 0 : product / (Math.sqrt(square) * this.#length);
      if (Number.isNaN(cosine) || (found.length === this.#count && cosine <= (found.at(-1)?.cosine ?? 0))) continue;
      const place = found.findIndex((other) => other.cosine < cosine);
      found.splice(place === -1 ? found.length : place, 0, { point: at, cosine });
      found.length = Math.min(found.length, this.#count);
    }
  }
}

/** The rows most like one of them by cosine, best first, without itself. */
export function nearest({ size, parts }: Rows, point: number, count: number): Neighbour[] {
  const search = new Nearest(rowOf({ size, parts }, point), point, count);
  for (const part of parts) search.push(part);
  return search.found;
}

function rowOf({ size, parts }: Rows, point: number): Float32Array {
  let left = point * size;
  for (const part of parts) {
    if (left < part.length) return part.subarray(left, left + size);
    left -= part.length;
  }
  throw new RangeError(`There is no row ${point}.`);
}
