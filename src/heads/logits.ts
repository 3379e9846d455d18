import type { Head } from "./head.ts";
import { Embeddings } from "./products.ts";

/** Embeddings that are worked on at once. */
const BLOCK = 256;

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
    this.#room = new Embeddings(kernels, BLOCK, dims);
  }

  /** @param embeddings  [rows, dims]; @param out  [rows, classes] */
  run(embeddings: Float32Array, out = new Float64Array((embeddings.length / this.#dims) * this.count)): Float64Array {
    const [dims, count] = [this.#dims, this.count];
    const rows = embeddings.length / dims;
    for (let first = 0; first < rows; first += BLOCK) {
      const take = Math.min(BLOCK, rows - first);
      this.#room.set(0, embeddings.subarray(first * dims, (first + take) * dims));
      this.#room.columnProducts(
        this.#columns,
        (from, some, products, stride) => {
          for (let i = 0; i < some; i++)
            for (let k = 0; k < count; k++)
              out[(first + from + i) * count + k] = (products[i * stride + k] as number) + (this.#bias[k] as number);
        },
        take,
      );
    }
    return out;
  }
}
