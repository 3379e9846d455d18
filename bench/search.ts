import { existsSync, readFileSync } from "node:fs";
import { cpus, freemem } from "node:os";
import { unzipSync } from "fflate";
import { parseNpy } from "../src/convert/readers/npz.ts";
import { vectorModule } from "../src/runtime.node.ts";
import { type Codes, CodeTable, MEASURES, type Measure, ResidentVectors } from "../src/vectors/index.ts";

/** Real embeddings of YAMNet, where they are at hand; else mixtures that are as skewed. */
const REAL = new URL("../../shared/answers/yamnet_windows.npz", import.meta.url);
const DIMENSIONS = 1024;
const BLOCK = 1000;
const QUERIES = 40;
/** What usearch's graph can be made of in a bench's time. */
const SMALL = 20_000;

/**
 * Search of a million windows of 1024 numbers: exact beside one pass over memory, by codes beside exact, usearch beside both on
 * a part, whose graph would take 20 minutes for all. Vectors are real ones and small turns of them.
 */
export async function benchSearch(): Promise<void> {
  const windows = Number(process.env.ORCA_BENCH_WINDOWS ?? (freemem() > 9e9 ? 1_000_000 : 200_000));
  const module = await vectorModule();
  const real = realVectors();
  console.log(
    `${cpus()[0]?.model}, one core; ${windows} windows of ${DIMENSIONS} numbers, ${(windows * DIMENSIONS * 4e-9).toFixed(1)} GB`,
  );
  const vectors = new ResidentVectors(module, DIMENSIONS, windows);
  const table = new CodeTable(module, { dimensions: DIMENSIONS, seed: 1, mean: unitMean(real) });
  const kept: Codes[] = [];
  let encoding = 0;
  for (const { ids, block } of turned(real, windows)) {
    vectors.push(ids, block);
    const started = performance.now();
    const codes = table.encode(block);
    table.push(ids, codes);
    encoding += performance.now() - started;
    if (kept.length < 100) kept.push(codes);
  }
  console.log(
    `codes: ${((encoding * 1000) / windows).toFixed(1)} us a window to make, ${(table.bytes / 1e6).toFixed(0)} MB`,
  );
  const queries = Array.from({ length: QUERIES }, (_, at) =>
    rowOf(real, Math.floor((at * real.length) / DIMENSIONS / QUERIES)),
  );
  const memory = new Memory();
  for (const measure of MEASURES) exactAndCoded(vectors, table, queries, measure, windows * DIMENSIONS * 4, memory);
  await besideUsearch(module, real);
  const ten = new CodeTable(module, table.plan);
  for (let at = 0; ten.count < 10 * windows; at++) {
    const codes = kept[at % kept.length] as Codes;
    ten.push(
      Uint32Array.from({ length: BLOCK }, (_, row) => at * BLOCK + row + 1),
      codes,
    );
  }
  const took = median(queries.slice(0, 7).map((query) => timed(() => ten.candidates([query], "cosine", 1000))));
  console.log(`${ten.count} windows by codes: ${took.toFixed(0)} ms a query, ${(ten.bytes / 1e9).toFixed(2)} GB`);
}

function exactAndCoded(
  vectors: ResidentVectors,
  table: CodeTable,
  queries: readonly Float32Array[],
  measure: Measure,
  bytes: number,
  memory: Memory,
): void {
  // Measured between the queries: other programs share the memory.
  const passes: number[] = [];
  const exact: number[] = [];
  const coded: number[] = [];
  const recalls: number[] = [];
  for (const query of queries) {
    let hits: readonly { readonly id: number }[] = [];
    passes.push(bytes / memory.bandwidth());
    exact.push(timed(() => (hits = vectors.search({ positive: [query] }, measure, 50))));
    let candidates: number[] = [];
    coded.push(timed(() => (candidates = table.candidates([query], measure, measure === "dot" ? 4000 : 1000))));
    const set = new Set(candidates);
    recalls.push(hits.filter(({ id }) => set.has(id)).length / 50);
  }
  const mean = recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
  console.log(
    `${measure}: exact ${median(exact).toFixed(0)} ms, ${(median(exact) / 1000 / median(passes)).toFixed(2)} x one pass over memory at ${(bytes / median(passes) / 1e9).toFixed(1)} GB/s (memcmp, between the queries); ` +
      `candidates by codes ${median(coded).toFixed(1)} ms, recall of the first 50: ${mean.toFixed(4)}, worst ${Math.min(...recalls).toFixed(2)}`,
  );
}

/** What is used of usearch. */
interface Usearch {
  readonly MetricKind: { readonly IP: string };
  readonly ScalarKind: { readonly F16: string };
  readonly Index: new (
    options: Readonly<Record<string, string | number | boolean>>,
  ) => {
    add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
    search(query: Float32Array, count: number, threads: number): { readonly keys: BigUint64Array };
  };
  exactSearch(
    all: Float32Array,
    query: Float32Array,
    dimensions: number,
    count: number,
    metric: string,
    threads: number,
  ): unknown;
}

async function peer(): Promise<Usearch | undefined> {
  const name = "usearch";
  try {
    return ((await import(name)) as { default: Usearch }).default;
  } catch (thrown) {
    console.log(`usearch is not here: ${(thrown as Error).message.split("\n")[0]}`);
    return undefined;
  }
}

/** npm's usearch, exact and by its graph, as hoplite sets it up. */
async function besideUsearch(module: WebAssembly.Module, real: Float32Array): Promise<void> {
  const usearch = await peer();
  if (usearch === undefined) return;
  const index = new usearch.Index({
    metric: usearch.MetricKind.IP,
    dimensions: DIMENSIONS,
    connectivity: 16,
    quantization: usearch.ScalarKind.F16,
    expansion_add: 256,
    expansion_search: 128,
    multi: false,
  });
  const vectors = new ResidentVectors(module, DIMENSIONS, SMALL);
  const all = new Float32Array(SMALL * DIMENSIONS);
  const made = timed(() => {
    for (const { ids, block } of turned(real, SMALL)) {
      index.add(BigUint64Array.from(ids, BigInt), block, 1);
      vectors.push(ids, block);
      all.set(block, ((ids[0] as number) - 1) * DIMENSIONS);
    }
  });
  const times = { graph: [] as number[], exact: [] as number[], ours: [] as number[] };
  let found = 0;
  for (let at = 0; at < 10; at++) {
    const query = rowOf(real, at * 50);
    let hits: readonly { readonly id: number }[] = [];
    times.ours.push(timed(() => (hits = vectors.search({ positive: [query] }, "dot", 50))));
    let near: BigUint64Array<ArrayBufferLike> = new BigUint64Array();
    times.graph.push(timed(() => (near = index.search(query, 50, 1).keys)));
    times.exact.push(timed(() => usearch.exactSearch(all, query, DIMENSIONS, 50, usearch.MetricKind.IP, 1)));
    found += hits.filter(({ id }) => near.includes(BigInt(id))).length;
  }
  console.log(
    `${SMALL} windows, inner product: ours exact ${median(times.ours).toFixed(1)} ms, usearch exact ${median(times.exact).toFixed(1)} ms, ` +
      `usearch's graph ${median(times.graph).toFixed(2)} ms (${(found / 500).toFixed(3)} of the exact first 50; ${(made / SMALL).toFixed(2)} ms a window to make)`,
  );
}

function realVectors(): Float32Array {
  if (existsSync(REAL)) {
    const { "X.npy": x } = unzipSync(readFileSync(REAL), { filter: ({ name }) => name === "X.npy" });
    const values = x && parseNpy(x, "X").values;
    if (values instanceof Float32Array) return values;
  }
  const next = generator(1);
  return Float32Array.from({ length: 733 * DIMENSIONS }, () => Math.max(0, next() * 3 - 2.4));
}

/** Real vectors, each mixed with a little of another and a little noise; never negative, as behind a ReLU. */
function* turned(real: Float32Array, count: number): Generator<{ ids: Uint32Array; block: Float32Array }> {
  const next = generator(12345);
  const rows = real.length / DIMENSIONS;
  const noise = Float32Array.from({ length: 1 << 16 }, () => (next() + next() + next() - 1.5) * 0.1);
  for (let first = 0; first < count; first += BLOCK) {
    const block = new Float32Array(BLOCK * DIMENSIONS);
    for (let row = 0; row < BLOCK; row++) {
      const [a, b, share] = [Math.floor(next() * rows), Math.floor(next() * rows), next() * 0.3];
      const from = Math.floor(next() * ((1 << 16) - DIMENSIONS));
      for (let at = 0; at < DIMENSIONS; at++) {
        const mixed =
          (1 - share) * (real[a * DIMENSIONS + at] as number) + share * (real[b * DIMENSIONS + at] as number);
        block[row * DIMENSIONS + at] = Math.max(0, mixed + (noise[from + at] as number));
      }
    }
    yield { ids: Uint32Array.from({ length: BLOCK }, (_, row) => first + row + 1), block };
  }
}

function unitMean(vectors: Float32Array): Float32Array {
  const mean = new Float64Array(DIMENSIONS);
  const count = vectors.length / DIMENSIONS;
  for (let row = 0; row < count; row++) {
    const vector = rowOf(vectors, row);
    const length = Math.hypot(...vector) || 1;
    for (let at = 0; at < DIMENSIONS; at++) mean[at] = (mean[at] as number) + (vector[at] as number) / length / count;
  }
  return Float32Array.from(mean);
}

const rowOf = (vectors: Float32Array, row: number) => vectors.slice(row * DIMENSIONS, (row + 1) * DIMENSIONS);

/** Two pieces of memory that no cache holds. */
class Memory {
  readonly #bytes = 1 << 28;
  readonly #pieces = [Buffer.alloc(this.#bytes, 1), Buffer.alloc(this.#bytes, 1)] as const;

  /** Bytes a second that one core reads. */
  bandwidth(): number {
    const [a, b] = this.#pieces;
    return (2 * this.#bytes) / (timed(() => a.equals(b)) / 1000);
  }
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
