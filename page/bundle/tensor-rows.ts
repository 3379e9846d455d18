import { Nearest, type Neighbour } from "../analysis/nearest.ts";
import { principalAxes, project } from "../analysis/pca.ts";
import type { Plotted, SomeRows } from "./protocol.ts";

/** Bytes that are read at a time: what is in memory of the tensors, however many there are. */
const BLOCK = 8 << 20;
/** Rows on which the axes of PCA are found; more are an even share. */
const MOST_FITTED = 5000;

/** Rows of float32 in a Blob, which may lie on disk: 100,000 windows of 1024 numbers are 410 MB. */
export class TensorRows {
  readonly count: number;
  readonly size: number;
  readonly #blob: Blob;

  constructor(blob: Blob, size: number) {
    this.#blob = blob;
    this.size = size;
    this.count = Math.floor(blob.size / (4 * size));
  }

  /** The rows in order, some at a time. */
  async *blocks(): AsyncGenerator<Float32Array<ArrayBuffer>> {
    const rows = Math.max(1, Math.floor(BLOCK / (4 * this.size)));
    for (let from = 0; from < this.count; from += rows) {
      yield await this.#read(from, Math.min(this.count, from + rows));
    }
  }

  /** At most so many rows, evenly spread. */
  async some(most: number): Promise<SomeRows> {
    const { count, size } = this;
    const chosen = Math.min(most, count);
    const points = Uint32Array.from({ length: chosen }, (_, k) => Math.floor((k * count) / chosen));
    const rows = new Float32Array(chosen * size);
    let [row, k] = [0, 0];
    for await (const block of this.blocks()) {
      const end = row + block.length / size;
      for (; k < chosen && (points[k] as number) < end; k++) {
        const from = ((points[k] as number) - row) * size;
        rows.set(block.subarray(from, from + size), k * size);
      }
      row = end;
    }
    return { rows, points };
  }

  /** Every row in the plane of PCA. */
  async plot(): Promise<Omit<Plotted, "labels">> {
    const { count, size } = this;
    const { rows, points } = await this.some(MOST_FITTED);
    const axes = principalAxes({ size, parts: [finiteOnly(rows, size)] }, undefined, 1e-6);
    const positions = new Float32Array(2 * count);
    let [row, bad] = [0, 0];
    for await (const block of this.blocks()) {
      const projected = project({ size, parts: [block] }, axes);
      for (let at = 0; at < projected.length; at += 2)
        if (!Number.isFinite((projected[at] as number) + (projected[at + 1] as number))) bad++;
      positions.set(projected, 2 * row);
      row += block.length / size;
    }
    return { count, size, bad, positions, explained: axes.explained, fitted: points.length };
  }

  async nearest(point: number, count: number): Promise<Neighbour[]> {
    const nearest = new Nearest(await this.#read(point, point + 1), point, count);
    for await (const block of this.blocks()) nearest.push(block);
    return nearest.found;
  }

  async #read(from: number, to: number): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.#blob.slice(4 * this.size * from, 4 * this.size * to).arrayBuffer());
  }
}

/** A row that is not finite would leave no axis. */
function finiteOnly(rows: Float32Array<ArrayBuffer>, size: number): Float32Array<ArrayBuffer> {
  let to = 0;
  for (let from = 0; from < rows.length; from += size) {
    const row = rows.subarray(from, from + size);
    if (!row.every(Number.isFinite)) continue;
    if (to !== from) rows.copyWithin(to, from, from + size);
    to += size;
  }
  return rows.subarray(0, to);
}
