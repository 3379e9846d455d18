import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CodeTable,
  codeBytes,
  ExactSearch,
  type Examples,
  type Hit,
  MEASURES,
  type Measure,
  ResidentVectors,
} from "../../src/vectors/index.ts";
import { random } from "../support/collections.ts";
import { readNpz, sharedExists, sharedPath } from "../support/shared.ts";

const module = new WebAssembly.Module(readFileSync(new URL("../../build/vectors.wasm", import.meta.url)));

const vectorsOf = (count: number, dimensions: number, seed: number) => {
  const next = random(seed);
  return Float32Array.from({ length: count * dimensions }, () => next() * 2 - 0.5);
};
const idsOf = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

/** The kernels' scalar twin, in float64. */
function score(a: Float32Array, b: Float32Array, measure: Measure): number {
  let [dot, aa, bb, apart] = [0, 0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at] as number, b[at] as number];
    dot += x * y;
    aa += x * x;
    bb += y * y;
    apart += (x - y) ** 2;
  }
  if (measure === "dot") return dot;
  if (measure === "euclidean") return -Math.sqrt(apart);
  return aa * bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}

function twin(
  vectors: Float32Array,
  dimensions: number,
  { positive, negative = [] }: Examples,
  measure: Measure,
): Hit[] {
  const hits = idsOf(vectors.length / dimensions).map((id) => {
    const vector = vectors.subarray((id - 1) * dimensions, id * dimensions);
    const best = Math.max(...positive.map((one) => score(one, vector, measure)));
    const worst = Math.max(Number.NEGATIVE_INFINITY, ...negative.map((one) => score(one, vector, measure)));
    return { id, score: worst > best ? Number.NaN : best };
  });
  return hits.filter((hit) => !Number.isNaN(hit.score)).sort((a, b) => b.score - a.score || a.id - b.id);
}

function same(hits: readonly Hit[], expected: readonly Hit[]): void {
  expect(hits.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  for (const [at, hit] of hits.entries()) expect(hit.score).toBeCloseTo(expected[at]?.score as number, 4);
}

describe("exact search", () => {
  test.each(MEASURES)("%s: as float64 finds, whatever the sizes, and however rows are cut", (measure) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 1000 }),
        (dimensions, count, wanted, seed) => {
          const vectors = vectorsOf(count, dimensions, seed);
          const examples = { positive: [vectorsOf(1, dimensions, seed + 1)], negative: [] };
          const search = new ExactSearch(module, examples, measure, wanted);
          const cut = Math.floor(count / 3);
          const ids = idsOf(count);
          search.push(ids.slice(0, cut), vectors.subarray(0, cut * dimensions));
          search.push(ids.slice(cut), vectors.subarray(cut * dimensions));
          const hits = search.finish();
          const expected = twin(vectors, dimensions, examples, measure).slice(0, wanted);
          expect(hits.length).toBe(expected.length);
          // float32 may turn around what float64 tells apart by its last bits.
          for (const [at, hit] of hits.entries()) expect(hit.score).toBeCloseTo(expected[at]?.score as number, 4);
          const resident = new ResidentVectors(module, dimensions, count - cut + 1);
          resident.push(ids, vectors);
          for (const [at, hit] of resident.search(examples, measure, wanted).entries())
            expect(hit.score).toBeCloseTo(hits[at]?.score as number, 4);
          expect(resident.count).toBe(count);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("several examples: the best of the positive ones, and what is more like a negative one is left out", () => {
    const vectors = vectorsOf(500, 20, 3);
    const examples = {
      positive: [vectorsOf(1, 20, 4), vectorsOf(1, 20, 5)],
      negative: [vectorsOf(1, 20, 6)],
    };
    const search = new ExactSearch(module, examples, "cosine", 500);
    search.push(idsOf(500), vectors);
    const hits = search.finish();
    same(hits, twin(vectors, 20, examples, "cosine"));
    expect(hits.length).toBeLessThan(500);
  });

  test("equal scores come by their ids, zero vectors have the cosine 0", () => {
    const search = new ExactSearch(module, { positive: [Float32Array.of(1, 0, 0, 0, 0)] }, "cosine", 3);
    search.push([9, 7, 8, 3], new Float32Array(20).fill(2, 0, 1).fill(5, 5, 6).fill(1, 15, 16));
    expect(search.finish()).toEqual([
      { id: 3, score: 1 },
      { id: 7, score: 1 },
      { id: 9, score: 1 },
    ]);
  });
});

describe("codes of signs", () => {
  /** Neighbours of real kind: few directions, mixtures of them, and noise; never negative, as behind a ReLU. */
  function mixtures(count: number, dimensions: number): Float32Array {
    const next = random(11);
    const base = Float32Array.from({ length: 40 * dimensions }, () => Math.max(0, next() * 3 - 2));
    const out = new Float32Array(count * dimensions);
    for (let row = 0; row < count; row++) {
      const [a, b, share] = [Math.floor(next() * 40), Math.floor(next() * 40), next()];
      for (let at = 0; at < dimensions; at++)
        out[row * dimensions + at] = Math.max(
          0,
          (base[a * dimensions + at] as number) * (1 - share) +
            (base[b * dimensions + at] as number) * share +
            0.1 * next(),
        );
    }
    return out;
  }

  function meanOf(vectors: Float32Array, dimensions: number): Float32Array {
    const mean = new Float32Array(dimensions);
    const count = vectors.length / dimensions;
    for (let row = 0; row < count; row++) {
      const vector = vectors.subarray(row * dimensions, (row + 1) * dimensions);
      const length = Math.hypot(...vector) || 1;
      for (const [at, value] of vector.entries()) mean[at] = (mean[at] as number) + value / length / count;
    }
    return mean;
  }

  test.each([
    [24, 128],
    [128, 128],
    [768, 128],
    [1024, 128],
    [2048, 256],
  ])("of vectors of %i numbers have %i bytes, and their candidates hold the exact best", (dimensions, bytes) => {
    expect(codeBytes(dimensions)).toBe(bytes);
    const count = 1500;
    const vectors = mixtures(count, dimensions);
    const table = new CodeTable(module, { dimensions, seed: 1, mean: meanOf(vectors, dimensions) });
    for (let row = 0; row < count; row += 700) {
      const rows = vectors.subarray(row * dimensions, Math.min(count, row + 700) * dimensions);
      table.push(idsOf(count).slice(row, row + 700), table.encode(rows));
    }
    expect(table.count).toBe(count);
    for (const measure of MEASURES) {
      let found = 0;
      for (let query = 0; query < 4; query++) {
        const example = vectors.subarray(query * 350 * dimensions, (query * 350 + 1) * dimensions);
        const exact = twin(vectors, dimensions, { positive: [example] }, measure).slice(0, 20);
        const candidates = new Set(table.candidates([example], measure, 300));
        expect(candidates.size).toBe(300);
        found += exact.filter(({ id }) => candidates.has(id)).length;
      }
      // Of 80.
      expect(found).toBeGreaterThanOrEqual(76);
    }
    const even = table.candidates([vectors.subarray(0, dimensions)], "cosine", 50, (id) => id % 2 === 0);
    expect(even.length).toBe(50);
    expect(even.filter((id) => id % 2 === 1)).toEqual([]);
  });

  test("are the same in every process, batch by batch, and of zeros too", () => {
    const plan = { dimensions: 128, seed: 5, mean: new Float32Array(128).fill(0.05) };
    const vectors = vectorsOf(600, 128, 2);
    vectors.fill(0, 0, 128);
    const [one, other] = [new CodeTable(module, plan), new CodeTable(module, plan)];
    const all = one.encode(vectors);
    const last = other.encode(vectors.subarray(599 * 128));
    expect(all.codes.subarray(599 * 128)).toEqual(last.codes);
    expect(all.facts.subarray(599 * 3)).toEqual(last.facts);
    expect([...all.facts.subarray(0, 3)].every(Number.isFinite)).toBe(true);
  });

  test.skipIf(!sharedExists)("real embeddings of YAMNet: every one of the exact first 20 among few candidates", () => {
    const vectors = readNpz(sharedPath("answers/yamnet_windows.npz")).get("X")?.data as Float32Array;
    const count = vectors.length / 1024;
    const table = new CodeTable(module, { dimensions: 1024, seed: 1, mean: meanOf(vectors, 1024) });
    table.push(idsOf(count), table.encode(vectors));
    for (const measure of MEASURES) {
      for (let row = 7; row < count; row += 180) {
        const example = vectors.subarray(row * 1024, (row + 1) * 1024);
        // Inner products favour long vectors, whose estimates are as much farther off.
        const candidates = new Set(table.candidates([example], measure, measure === "dot" ? 500 : 200));
        const exact = twin(vectors, 1024, { positive: [example] }, measure).slice(0, 20);
        expect(exact.filter(({ id }) => !candidates.has(id))).toEqual([]);
      }
    }
  });

  test.skipIf(!sharedExists)(
    "one orca window as the only example: what is like it are orcas, for the most part",
    () => {
      const arrays = readNpz(sharedPath("answers/yamnet_windows.npz"));
      const [vectors, labels] = ["X", "y"].map((name) => arrays.get(name)?.data) as [Float32Array, ArrayLike<number>];
      const all = new ResidentVectors(module, 1024, vectors.length / 1024);
      const isOrca = (row: number) => labels[row * 4] === 1;
      all.push(idsOf(vectors.length / 1024), vectors);
      const orcas = idsOf(vectors.length / 1024).filter((id) => isOrca(id - 1));
      for (const [measure, least] of [
        ["cosine", 0.91],
        ["dot", 0.86],
      ] as const) {
        const precisions = orcas.map((id) => {
          const example = vectors.subarray((id - 1) * 1024, id * 1024);
          const hits = all.search({ positive: [example] }, measure, 21).filter((hit) => hit.id !== id);
          return hits.slice(0, 20).filter((hit) => isOrca(hit.id - 1)).length / 20;
        });
        const mean = precisions.reduce((sum, one) => sum + one, 0) / precisions.length;
        const most = precisions.filter((one) => one >= 0.95).length;
        console.log(
          `${measure}: of the first 20 to one of ${orcas.length} orca windows ${mean.toFixed(3)} are orcas; 0.95 or more for ${most}`,
        );
        expect(mean).toBeGreaterThan(least);
        // More than half of the calls are as good an example as one may wish.
        expect(most / precisions.length).toBeGreaterThan(0.55);
      }
    },
  );
});
