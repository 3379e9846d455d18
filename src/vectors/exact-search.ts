import { type Examples, type Hit, MEASURE_NUMBERS, type Measure, preparedExamples } from "./measure.ts";
import { VectorKernels } from "./vector-kernels.ts";

/** Bytes of rows that are copied and scored at a time. */
const BLOCK_BYTES = 1 << 22;
/** Rows that are scored at a time where they lie. */
const SCORED = 4096;

/** Bytes of a row in the kernels' memory: a multiple of 16, zeros behind the vector. */
export const rowBytes = (dimensions: number): number => Math.ceil(dimensions / 4) * 16;

/** Scores rows that lie in an instance's memory, and keeps the best. */
class Scoring {
  readonly #kernels: VectorKernels;
  readonly #measure: number;
  readonly #bytes: number;
  readonly #examples: number;
  readonly #negatives: number;
  readonly #queries: number;
  readonly #scores: number;
  readonly #top: number;
  readonly #count: number;

  /** @param rows  that are scored at a time at most */
  constructor(kernels: VectorKernels, examples: Examples, measure: Measure, count: number, rows: number) {
    const queries = preparedExamples(examples, measure);
    const dimensions = queries[0]?.length ?? 0;
    this.#kernels = kernels;
    this.#measure = MEASURE_NUMBERS[measure];
    this.#bytes = rowBytes(dimensions);
    this.#examples = queries.length;
    this.#negatives = examples.negative?.length ?? 0;
    this.#count = count;
    this.#queries = kernels.alloc(queries.length * this.#bytes);
    this.#scores = kernels.alloc(rows * 4 * queries.length);
    this.#top = kernels.run.top(count) >>> 0;
    for (const [at, query] of queries.entries())
      kernels.float32(this.#queries + at * this.#bytes, dimensions).set(query);
  }

  /**
   * @param rows  where they lie
   * @param ids  [count] u32, where they lie
   * @param inverses  [count] float32, one over each row's length, where that is known: a cosine is then an inner product
   */
  push(rows: number, ids: number, count: number, inverses?: number): void {
    const { run } = this.#kernels;
    for (let at = 0; at < this.#examples; at++) {
      const query = this.#queries + at * this.#bytes;
      const scores = this.#scores + at * count * 4;
      const scaled = inverses !== undefined && this.#measure === MEASURE_NUMBERS.cosine;
      run.scores(scaled ? MEASURE_NUMBERS.dot : this.#measure, query, rows, count, this.#bytes, scores);
      if (scaled) run.scale(scores, inverses, count);
    }
    if (this.#examples > 1) run.bestOf(this.#scores, this.#examples, this.#negatives, count);
    run.topInto(this.#top, this.#scores, ids, count);
  }

  /** The best, the best first; of equal scores the smaller id. */
  finish(): Hit[] {
    const size = Math.min(this.#count, this.#kernels.uint32(this.#top, 2)[1] as number);
    const entries = this.#kernels.run.sortTop(this.#top) >>> 0;
    const [scores, ids] = [this.#kernels.float32(entries, 2 * size), this.#kernels.uint32(entries, 2 * size)];
    return Array.from({ length: size }, (_, at) => ({
      id: ids[2 * at + 1] as number,
      score: scores[2 * at] as number,
    }));
  }
}

/** Copies rows into the kernels' memory. */
function copyRows(
  kernels: VectorKernels,
  dimensions: number,
  from: {
    readonly ids: ArrayLike<number>;
    readonly vectors: Float32Array;
    readonly first: number;
    readonly count: number;
  },
  to: { readonly rows: number; readonly ids: number },
): void {
  const { ids, vectors, first, count } = from;
  const width = rowBytes(dimensions) / 4;
  const rows = kernels.float32(to.rows, count * width);
  const row = (at: number) => vectors.subarray(at * dimensions, (at + 1) * dimensions);
  if (width === dimensions) rows.set(vectors.subarray(first * dimensions, (first + count) * dimensions));
  else for (let at = 0; at < count; at++) rows.set(row(first + at), at * width);
  const numbers = kernels.uint32(to.ids, count);
  for (let at = 0; at < count; at++) numbers[at] = ids[first + at] as number;
}

/** The best of vectors that are pushed, in float32: memory holds a block of 4 MB, however many come. */
export class ExactSearch {
  readonly #kernels: VectorKernels;
  readonly #scoring: Scoring;
  readonly #dimensions: number;
  readonly #blockRows: number;
  readonly #at: { readonly rows: number; readonly ids: number };

  /**
   * @param module  build/vectors.wasm, compiled
   * @param count  how many are wanted
   */
  constructor(module: WebAssembly.Module, examples: Examples, measure: Measure, count: number) {
    this.#kernels = new VectorKernels(module);
    this.#dimensions = examples.positive[0]?.length ?? 0;
    const bytes = rowBytes(this.#dimensions);
    this.#blockRows = Math.max(16, Math.floor(BLOCK_BYTES / bytes) & ~3);
    this.#scoring = new Scoring(this.#kernels, examples, measure, count, this.#blockRows);
    this.#at = { rows: this.#kernels.alloc(this.#blockRows * bytes), ids: this.#kernels.alloc(this.#blockRows * 4) };
  }

  /**
   * @param ids  of the windows, whole numbers below 2^32
   * @param vectors  [ids.length, dimensions], row-major
   */
  push(ids: ArrayLike<number>, vectors: Float32Array): void {
    for (let first = 0; first < ids.length; first += this.#blockRows) {
      const count = Math.min(this.#blockRows, ids.length - first);
      copyRows(this.#kernels, this.#dimensions, { ids, vectors, first, count }, this.#at);
      this.#scoring.push(this.#at.rows, this.#at.ids, count);
    }
  }

  /** The best of all that were pushed, the best first; of equal scores the smaller id. */
  finish(): Hit[] {
    return this.#scoring.finish();
  }
}

/** Rows of an instance of their own. */
interface Shard {
  readonly kernels: VectorKernels;
  readonly rows: number;
  readonly ids: number;
  readonly inverses: number;
  count: number;
}

/** Bytes of rows that an instance holds at most: a WebAssembly memory ends at 4 GB. */
const SHARD_BYTES = 2 ** 30;

/** Vectors that are kept in memory as float32, to be searched exactly again and again. */
export class ResidentVectors {
  readonly #module: WebAssembly.Module;
  readonly #dimensions: number;
  readonly #shardRows: number;
  readonly #shards: Shard[] = [];

  /** @param capacity  rows that will come, as far as it is known: memory is taken for so many at once */
  constructor(module: WebAssembly.Module, dimensions: number, capacity: number) {
    this.#module = module;
    this.#dimensions = dimensions;
    this.#shardRows = Math.max(1, Math.min(capacity, Math.floor(SHARD_BYTES / rowBytes(dimensions))));
  }

  get count(): number {
    return this.#shards.reduce((sum, { count }) => sum + count, 0);
  }

  /** As ExactSearch takes them. */
  push(ids: ArrayLike<number>, vectors: Float32Array): void {
    const bytes = rowBytes(this.#dimensions);
    for (let first = 0; first < ids.length; ) {
      const shard = this.#roomy();
      const count = Math.min(ids.length - first, this.#shardRows - shard.count);
      const to = { rows: shard.rows + shard.count * bytes, ids: shard.ids + shard.count * 4 };
      copyRows(shard.kernels, this.#dimensions, { ids, vectors, first, count }, to);
      shard.kernels.run.inverseLengths(to.rows, count, bytes, shard.inverses + shard.count * 4);
      shard.count += count;
      first += count;
    }
  }

  /** The `count` best, the best first; of equal scores the smaller id. */
  search(examples: Examples, measure: Measure, count: number): Hit[] {
    const bytes = rowBytes(this.#dimensions);
    const found = this.#shards.flatMap(({ kernels, rows, ids, inverses, count: all }) =>
      kernels.scratch(() => {
        const scoring = new Scoring(kernels, examples, measure, count, SCORED);
        for (let row = 0; row < all; row += SCORED)
          scoring.push(rows + row * bytes, ids + row * 4, Math.min(SCORED, all - row), inverses + row * 4);
        return scoring.finish();
      }),
    );
    return found.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, count);
  }

  #roomy(): Shard {
    const last = this.#shards.at(-1);
    if (last !== undefined && last.count < this.#shardRows) return last;
    const kernels = new VectorKernels(this.#module);
    const rows = kernels.alloc(this.#shardRows * rowBytes(this.#dimensions));
    const [ids, inverses] = [kernels.alloc(this.#shardRows * 4), kernels.alloc(this.#shardRows * 4)];
    const shard = { kernels, rows, ids, inverses, count: 0 };
    this.#shards.push(shard);
    return shard;
  }
}
