import type { Head } from "./head.ts";
import { Embeddings } from "./products.ts";

/** Embeddings that are worked on at once: 256 KB of 1024 numbers each, which a core's second cache holds. */
export const LOGITS_AT_ONCE = 64;

/**
 * The logits of several heads of one model. The same code in a stream and over a collection: a window's logits are the same
 * bits, whatever its company and wherever it runs.
 */
export class Logits {
  /** Classes of all heads. */
  readonly count: number;
  readonly #room: Embeddings;
  readonly #columns: readonly Float64Array[];
  readonly #bias: Float64Array;
  readonly #dims: number;

  /** @param heads  of one length of embeddings, one at least */
  constructor(kernels: WebAssembly.Module, heads: readonly Head[]) {
    const dims = heads[0]?.model.dimensions ?? 0;
    this.#dims = dims;
    this.#columns = heads.flatMap(({ weights, classes }) =>
      classes.map((_, k) => Float64Array.from(weights.subarray(k * dims, (k + 1) * dims))),
    );
    this.#bias = Float64Array.from(heads.flatMap(({ bias }) => [...bias]));
    this.count = this.#columns.length;
    this.#room = new Embeddings(kernels, LOGITS_AT_ONCE, dims);
    // Memory grows now, and not under a view of the room.
    this.#room.columnProducts(this.#columns, () => undefined, 0);
  }

  /** Where `count` embeddings, LOGITS_AT_ONCE at most, may be put for `runThere`: good until the next call. */
  room(count: number): Float32Array<ArrayBuffer> {
    return this.#room.room(count);
  }

  /** @param embeddings  [rows, dims]; @param out  [rows, classes] */
  run(embeddings: Float32Array, out = new Float64Array((embeddings.length / this.#dims) * this.count)): Float64Array {
    const dims = this.#dims;
    const rows = embeddings.length / dims;
    for (let first = 0; first < rows; first += LOGITS_AT_ONCE) {
      const take = Math.min(LOGITS_AT_ONCE, rows - first);
      this.room(take).set(embeddings.subarray(first * dims, (first + take) * dims));
      this.runThere(take, out, first);
    }
    return out;
  }

  /** As `run`, of what was put into `room`. @param row  of `out`, where the first goes */
  runThere(rows: number, out: Float64Array, row = 0): void {
    const { count } = this;
    this.#room.columnProducts(
      this.#columns,
      (from, some, products) => {
        const to = (row + from) * count;
        for (let i = 0; i < some; i++)
          for (let k = 0; k < count; k++)
            out[to + i * count + k] = (products[i * count + k] as number) + (this.#bias[k] as number);
      },
      rows,
    );
  }
}
