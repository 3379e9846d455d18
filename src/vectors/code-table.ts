import { type CodePlan, type Codes, codeBits, codeBytes, FACTS, SignCoder } from "./coder.ts";
import { MEASURE_NUMBERS, type Measure, preparedExamples } from "./measure.ts";
import { VectorKernels } from "./vector-kernels.ts";

/** Codes that lie in one piece of memory. */
const CHUNK_LOG2 = 16;
const CHUNK = 1 << CHUNK_LOG2;
/** Codes that are split at a time. */
const SPLIT = 1024;
/** A scan reads the first quarter of each code, because memory is what bounds it. */
const FIRST = 1 / 4;
/** Rows that it leaves for each one that is wanted: their whole codes decide. */
const LEFT = 8;

interface Chunk {
  /** First parts of codes, and what is left of them. */
  readonly firsts: number;
  readonly rests: number;
  readonly facts: number;
  readonly ids: Uint32Array;
  count: number;
}

/**
 * Codes in memory: 144 bytes a window of 1024 numbers, so a million windows take 144 MB, and ten million 1.5 GB. Gives the
 * candidates for a search, which are then scored exactly.
 */
export class CodeTable {
  readonly plan: CodePlan;
  readonly #kernels: VectorKernels;
  readonly #coder: SignCoder;
  readonly #chunks: Chunk[] = [];

  /** @param module  build/vectors.wasm, compiled */
  constructor(module: WebAssembly.Module, plan: CodePlan) {
    this.plan = plan;
    this.#kernels = new VectorKernels(module);
    this.#coder = new SignCoder(module, plan);
  }

  get count(): number {
    return this.#chunks.reduce((sum, { count }) => sum + count, 0);
  }

  /** The last id that was pushed; 0 where there is none. */
  get lastId(): number {
    const chunk = this.#chunks.at(-1);
    return chunk?.ids[chunk.count - 1] ?? 0;
  }

  /** Bytes of memory that it holds. */
  get bytes(): number {
    return this.#kernels.run.memory.buffer.byteLength + this.#chunks.length * CHUNK * 4;
  }

  encode(vectors: Float32Array): Codes {
    return this.#coder.encode(vectors);
  }

  /** @param ids  whole numbers below 2^32, one for each code */
  push(ids: ArrayLike<number>, { codes, facts }: Codes): void {
    const width = codeBytes(this.plan.dimensions);
    const [part, rest] = [width * FIRST, width * (1 - FIRST)];
    for (let first = 0; first < ids.length; ) {
      const chunk = this.#roomy();
      const count = Math.min(ids.length - first, CHUNK - chunk.count, SPLIT);
      const whole = codes.subarray(first * width, (first + count) * width);
      this.#kernels.scratch(() => {
        const at = this.#kernels.alloc(whole.length);
        this.#kernels.bytes(at, whole.length).set(whole);
        const [firsts, rests] = [chunk.firsts + chunk.count * part, chunk.rests + chunk.count * rest];
        this.#kernels.run.splitCodes(at, count, part, rest, firsts, rests);
      });
      this.#kernels
        .float32(chunk.facts + chunk.count * FACTS * 4, count * FACTS)
        .set(facts.subarray(first * FACTS, (first + count) * FACTS));
      for (let at = 0; at < count; at++) chunk.ids[chunk.count + at] = ids[first + at] as number;
      chunk.count += count;
      first += count;
    }
  }

  /**
   * Windows that may be among the most alike to one of the examples, at most `count` for each, in no order.
   * @param vectors  the examples, of `dimensions` numbers
   * @param passes  which windows may be; all where it is left out
   */
  candidates(
    vectors: readonly Float32Array[],
    measure: Measure,
    count: number,
    passes?: (id: number) => boolean,
  ): number[] {
    const found = preparedExamples({ positive: vectors }, measure).map((vector) =>
      this.#kernels.scratch(() => this.#nearest(vector, measure, count, passes)),
    );
    return found.length === 1 ? (found[0] as number[]) : [...new Set(found.flat())];
  }

  #nearest(query: Float32Array, measure: Measure, count: number, passes?: (id: number) => boolean): number[] {
    const { run } = this.#kernels;
    const { dimensions, mean } = this.plan;
    const width = codeBytes(dimensions);
    const encoded = this.#coder.encode(query);
    const bits = codeBits(dimensions);
    const code = this.#kernels.alloc(width);
    const products = this.#kernels.alloc(4 * (bits + 1));
    const firstProducts = this.#kernels.alloc(4 * (bits * FIRST + 1));
    const pieces = this.#kernels.alloc(12 * this.#chunks.length);
    const [part, rest] = [width * FIRST, width * (1 - FIRST)];
    const [near, selection] = [run.select(count * LEFT) >>> 0, run.select(count) >>> 0];
    this.#kernels.bytes(code, width).set(encoded.codes);
    const [apart = 0, withMean = 0, length = 0] = encoded.facts;
    for (const [at, of] of [
      [products, bits],
      [firstProducts, bits * FIRST],
    ] as const) {
      const table = this.#kernels.float32(at, of + 1);
      for (let differing = 0; differing <= of; differing++)
        table[differing] = apart * Math.cos((Math.PI * differing) / of);
    }
    const places = this.#chunks.flatMap(({ firsts, rests, facts }) => [firsts, rests, facts]);
    this.#kernels.uint32(pieces, places.length).set(places);
    const constant = withMean - mean.reduce((sum, value) => sum + value * value, 0);
    const number = MEASURE_NUMBERS[measure];
    run.selectNone(near);
    run.selectNone(selection);
    for (const [at, chunk] of this.#chunks.entries()) {
      for (const [first, rows] of runs(chunk, passes)) {
        const [firsts, facts] = [chunk.firsts + first * part, chunk.facts + first * FACTS * 4];
        const row = at * CHUNK + first;
        run.scanCodes(number, near, row, firsts, facts, rows, part, code, firstProducts, constant, length);
      }
    }
    const found = run.selectBest(near);
    const nearest = run.selected(near) >>> 0;
    run.refineCodes(
      number,
      selection,
      nearest,
      found,
      pieces,
      CHUNK_LOG2,
      part,
      rest,
      code,
      products,
      constant,
      length,
    );
    const size = run.selectBest(selection);
    const list = this.#kernels.uint32(run.selected(selection) >>> 0, 2 * size);
    return Array.from({ length: size }, (_, at) => this.#idOf(list[2 * at + 1] as number));
  }

  #idOf(row: number): number {
    return (this.#chunks[Math.floor(row / CHUNK)] as Chunk).ids[row % CHUNK] as number;
  }

  #roomy(): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.count < CHUNK) return last;
    const bytes = CHUNK * codeBytes(this.plan.dimensions);
    const chunk = {
      firsts: this.#kernels.alloc(bytes * FIRST),
      rests: this.#kernels.alloc(bytes * (1 - FIRST)),
      facts: this.#kernels.alloc(CHUNK * FACTS * 4),
      ids: new Uint32Array(CHUNK),
      count: 0,
    };
    this.#chunks.push(chunk);
    return chunk;
  }
}

/** Stretches of rows that pass: first row, and how many. */
function* runs({ ids, count }: Chunk, passes?: (id: number) => boolean): Generator<readonly [number, number]> {
  if (passes === undefined) {
    yield [0, count];
    return;
  }
  let first = 0;
  for (let at = 0; at <= count; at++) {
    if (at < count && passes(ids[at] as number)) continue;
    if (at > first) yield [first, at - first];
    first = at + 1;
  }
}
