import type { Rows } from "./pca.ts";

export interface Neighbour {
  readonly point: number;
  /** 1 for the same direction, -1 for the opposite. */
  readonly cosine: number;
}

/** The rows most like one of them by cosine, best first, without itself. */
export function nearest({ size, parts }: Rows, point: number, count: number): Neighbour[] {
  const query = rowOf({ size, parts }, point);
  const length = Math.hypot(...query) || 1;
  const found: Neighbour[] = [];
  let at = 0;
  for (const part of parts) {
    for (let row = 0; row < part.length; row += size, at++) {
      if (at === point) continue;
      let [product, square] = [0, 0];
      for (let dimension = 0; dimension < size; dimension++) {
        const value = part[row + dimension] as number;
        product += value * (query[dimension] as number);
        square += value * value;
      }
      const cosine = square === 0 ? 0 : product / (Math.sqrt(square) * length);
      if (found.length === count && cosine <= (found[count - 1]?.cosine ?? 0)) continue;
      const place = found.findIndex((other) => other.cosine < cosine);
      found.splice(place === -1 ? found.length : place, 0, { point: at, cosine });
      found.length = Math.min(found.length, count);
    }
  }
  return found;
}

function rowOf({ size, parts }: Rows, point: number): Float32Array {
  let left = point * size;
  for (const part of parts) {
    if (left < part.length) return part.subarray(left, left + size);
    left -= part.length;
  }
  throw new RangeError(`There is no row ${point}.`);
}
