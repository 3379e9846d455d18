/** The embeddings of points, wherever they are: in memory, or in a Blob that is read a little at a time. */
import type { KeptRows } from "./kept-rows.ts";
import type { PointSet } from "./point-set.ts";

/** Bytes that are read at a time. */
const BLOCK = 8 << 20;
/** Bytes that are not wanted, but are read rather than that there are two reads: each costs Chromium a millisecond. */
const GAP = 1 << 20;
/** Reads that are under way at once. */
const TOGETHER = 4;

/** Rows that follow on one another. */
export interface RowBlock {
  /** The point of the first. */
  readonly first: number;
  /** [rows, size] */
  readonly rows: Float32Array<ArrayBuffer>;
}

/** All rows of the sets, in order. Rows in memory come as they lie there: they are not to be given away. */
export async function* blocksOf(sets: readonly PointSet[]): AsyncGenerator<RowBlock> {
  for (const { first, rows } of stretches(sets)) {
    if (rows instanceof Float32Array) {
      yield { first, rows };
      continue;
    }
    const step = Math.max(1, Math.floor(BLOCK / (4 * rows.size)));
    for (let from = 0; from < rows.count; from += step)
      yield { first: first + from, rows: await rows.read(from, Math.min(rows.count, from + step)) };
  }
}

interface StretchOfRows {
  readonly first: number;
  readonly rows: Float32Array<ArrayBuffer> | KeptRows;
}

/** Sets whose rows follow on one another in one Blob are read together. */
function stretches(sets: readonly PointSet[]): StretchOfRows[] {
  const found: StretchOfRows[] = [];
  let end = 0;
  for (const { result, first } of sets) {
    const last = found.at(-1);
    const { kept } = result;
    if (kept === undefined) found.push({ first, rows: result.embeddings.view() });
    else if (
      last !== undefined &&
      !(last.rows instanceof Float32Array) &&
      end === first &&
      last.rows.blob === kept.blob &&
      last.rows.first + last.rows.count === kept.first
    )
      found[found.length - 1] = { first: last.first, rows: last.rows.part(0, last.rows.count + kept.count) };
    else found.push({ first, rows: kept });
    end = first + result.windows;
  }
  return found;
}

/** Rows of some points, [points, size], in their order. Points that there are none of are zeros. */
export async function rowsAt(
  sets: readonly PointSet[],
  points: ArrayLike<number>,
  size: number,
): Promise<Float32Array<ArrayBuffer>> {
  const out = new Float32Array(points.length * size);
  const order = Array.from(points, (_, at) => at).sort((a, b) => (points[a] as number) - (points[b] as number));
  const reads: Promise<void>[] = [];
  let next = 0;
  for (const { first, rows } of stretches(sets)) {
    const count = rows instanceof Float32Array ? rows.length / size : rows.count;
    while (next < order.length && (points[order[next] as number] as number) < first) next++;
    while (next < order.length && (points[order[next] as number] as number) < first + count) {
      const wanted = [order[next++] as number];
      const row = (at: number) => (points[at] as number) - first;
      if (rows instanceof Float32Array) {
        const from = row(wanted[0] as number) * size;
        out.set(rows.subarray(from, from + size), (wanted[0] as number) * size);
        continue;
      }
      let last = row(wanted[0] as number);
      const begin = last;
      for (; next < order.length; next++) {
        const other = row(order[next] as number);
        if (other >= count || (other - last) * size * 4 > GAP || (other - begin) * size * 4 > BLOCK) break;
        wanted.push(order[next] as number);
        last = other;
      }
      const read = rows.read(begin, last + 1).then((some) => {
        for (const at of wanted) {
          const from = (row(at) - begin) * size;
          out.set(some.subarray(from, from + size), at * size);
        }
      });
      if (reads.push(read) >= TOGETHER) await Promise.all(reads.splice(0));
    }
  }
  await Promise.all(reads);
  return out;
}

/** At most so many points of `count`, evenly spread. */
export function evenly(count: number, most: number): Uint32Array<ArrayBuffer> {
  const chosen = Math.min(most, count);
  return Uint32Array.from({ length: chosen }, (_, k) => Math.floor((k * count) / chosen));
}
