import { OrcaError } from "../errors.ts";
import { Kernels } from "../kernels/index.ts";

/** Bytes of embeddings that one instance of the kernels takes: WebAssembly's 4 GB, less room for the rest. */
const MOST_BYTES = 3.5 * 2 ** 30;
/** Rows that are worked on between two columns' passes: what stays in a core's caches. */
const BLOCK = 64;

const unsigned = (address: number) => address >>> 0;

/**
 * Embeddings in the kernels' memory, and their products with columns of weights. Numbers are float64 sums in a fixed order:
 * the same on every machine, and a row's do not depend on its company.
 */
export class Embeddings {
  readonly rows: number;
  readonly dims: number;
  readonly #module: WebAssembly.Module;
  readonly #kernels: Kernels;
  readonly #x: number;
  /** Room for columns: weights or gradient, then a number a row of a block. */
  #columns = 0;
  #weights = 0;
  #block = 0;
  /** The columns that lie there. */
  #laid: readonly Float64Array[] | undefined;

  /**
   * @param rows, dims  how many embeddings there is room for, and how long one is
   * Throws `too_large` where they do not fit into the kernels' memory.
   */
  constructor(kernels: WebAssembly.Module, rows: number, dims: number) {
    const padded = Math.ceil(rows / 4) * 4;
    if (padded * dims * 4 > MOST_BYTES) {
      throw new OrcaError("too_large", `${rows} embeddings of ${dims} numbers do not fit into 3.5 GB.`, {
        hint: "Label fewer windows, or take a part of them.",
      });
    }
    this.#module = kernels;
    this.rows = rows;
    this.dims = dims;
    this.#kernels = new Kernels(kernels);
    this.#x = unsigned(this.#kernels.alloc(padded * dims, 4));
  }

  /** Embeddings that are there already, row-major. */
  static of(kernels: WebAssembly.Module, x: Float32Array, dims: number): Embeddings {
    const embeddings = new Embeddings(kernels, x.length / dims, dims);
    embeddings.set(0, x);
    return embeddings;
  }

  /** Some of the rows, in an instance of their own. */
  some(rows: readonly number[]): Embeddings {
    const some = new Embeddings(this.#module, rows.length, this.dims);
    for (const [at, row] of rows.entries()) some.set(at, this.row(row));
    return some;
  }

  /** Puts embeddings, row-major, from row `first` on. */
  set(first: number, x: Float32Array): void {
    this.#kernels.float32(this.#x + first * this.dims * 4, x.length).set(x);
  }

  /** Room for the first `count`, to be filled in place: a view that is good until the next call of another method. */
  room(count: number): Float32Array<ArrayBuffer> {
    return this.#kernels.float32(this.#x, count * this.dims);
  }

  /** A view of one, good until the next call. */
  row(at: number): Float32Array<ArrayBuffer> {
    return this.#kernels.float32(this.#x + at * this.dims * 4, this.dims);
  }

  /**
   * The products of rows with columns of weights.
   * @param weights  [columns][dims]; the same list again is taken to be unchanged
   * @param rows  how many of them, from the first on
   * @param take  is given each block's first row, how many rows, and a view [rows][columns] of products
   */
  columnProducts(
    weights: readonly Float64Array[],
    take: (first: number, count: number, products: Float64Array) => void,
    rows: number = this.rows,
  ): void {
    const { run } = this.#kernels;
    const columns = weights.length;
    this.#makeRoom(columns);
    if (this.#laid !== weights) this.#lay(weights);
    for (let first = 0; first < rows; first += BLOCK) {
      const count = Math.min(BLOCK, rows - first);
      run.columnProducts(this.#x + first * this.dims * 4, count, this.dims, this.#weights, columns, this.#block);
      take(first, count, this.#kernels.float64(this.#block, count * columns));
    }
  }

  /**
   * One pass for training: `turn` makes of a block's products, [rows][columns] in place, what each row adds to the gradients.
   * @returns  the gradients, [columns][dims]
   */
  gradients(
    weights: readonly Float64Array[],
    turn: (first: number, count: number, products: Float64Array) => void,
  ): Float64Array[] {
    const { run } = this.#kernels;
    const columns = weights.length;
    this.#makeRoom(columns);
    this.#lay(weights);
    this.#laid = undefined;
    const sums = this.#weights + columns * this.dims * 8;
    this.#kernels.float64(sums, columns * this.dims).fill(0);
    for (let first = 0; first < this.rows; first += BLOCK) {
      const count = Math.min(BLOCK, this.rows - first);
      const x = this.#x + first * this.dims * 4;
      run.columnProducts(x, count, this.dims, this.#weights, columns, this.#block);
      const products = this.#kernels.float64(this.#block, BLOCK * columns);
      turn(first, count, products);
      products.fill(0, count * columns);
      run.rowProducts(x, Math.ceil(count / 4) * 4, this.dims, this.#block, columns, sums);
    }
    return weights.map((_, column) => this.#kernels.float64(sums + column * this.dims * 8, this.dims).slice());
  }

  /** Makes room for columns. */
  #makeRoom(columns: number): void {
    if (columns <= this.#columns) return;
    this.#weights = unsigned(this.#kernels.alloc(2 * columns * this.dims, 8));
    this.#block = unsigned(this.#kernels.alloc(BLOCK * columns, 8));
    this.#columns = columns;
  }

  #lay(weights: readonly Float64Array[]): void {
    this.#laid = weights;
    for (const [column, from] of weights.entries())
      this.#kernels.float64(this.#weights + column * this.dims * 8, this.dims).set(from);
  }
}
