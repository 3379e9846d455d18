import { rowBytes } from "./exact-search.ts";
import { VectorKernels } from "./vector-kernels.ts";

/** How vectors become codes of signs: the same plan gives the same codes everywhere. */
export interface CodePlan {
  readonly dimensions: number;
  /** Of the numbers that decide the signs of the rotations. */
  readonly seed: number;
  /** Mean of vectors at length 1: what is taken off each of them first, [dimensions]. */
  readonly mean: Float32Array;
}

/** Bits of a code, at least: fewer tell too little of an angle. */
const LEAST_BITS = 1024;
/** Rounds of signs and transform that make a rotation. */
const ROUNDS = 2;
/** Vectors that are encoded at a time. */
const BATCH = 256;

/** Numbers that a vector has in a rotation: a power of two. */
const paddedSize = (dimensions: number) => Math.max(64, 2 ** Math.ceil(Math.log2(dimensions)));

/** Bits of a code of vectors of so many numbers: 1024, or as many as the next power of two where that is more. */
export function codeBits(dimensions: number): number {
  return Math.max(LEAST_BITS, paddedSize(dimensions));
}

export const codeBytes = (dimensions: number): number => codeBits(dimensions) / 8;
/** float32 that are kept beside a code. */
export const FACTS = 3;

/** Codes, with their facts: [count, codeBytes] and [count, 3]. */
export interface Codes {
  readonly codes: Uint8Array<ArrayBuffer>;
  readonly facts: Float32Array<ArrayBuffer>;
}

/** Makes codes of vectors. */
export class SignCoder {
  readonly plan: CodePlan;
  readonly #kernels: VectorKernels;
  readonly #size: number;
  readonly #rotations: number;
  readonly #at: Readonly<Record<"mean" | "signs" | "work" | "x" | "codes" | "facts", number>>;

  /** @param module  build/vectors.wasm, compiled */
  constructor(module: WebAssembly.Module, plan: CodePlan) {
    const { dimensions, seed, mean } = plan;
    const kernels = new VectorKernels(module);
    this.plan = plan;
    this.#kernels = kernels;
    this.#size = paddedSize(dimensions);
    this.#rotations = codeBits(dimensions) / this.#size;
    const bytes = rowBytes(this.#size);
    this.#at = {
      mean: kernels.alloc(bytes),
      signs: kernels.alloc(this.#rotations * ROUNDS * bytes),
      work: kernels.alloc(bytes),
      x: kernels.alloc(BATCH * bytes),
      codes: kernels.alloc(BATCH * codeBytes(dimensions)),
      facts: kernels.alloc(BATCH * FACTS * 4),
    };
    kernels.float32(this.#at.mean, dimensions).set(mean);
    const signs = kernels.float32(this.#at.signs, this.#rotations * ROUNDS * this.#size);
    const next = randomBits(seed);
    for (let at = 0; at < signs.length; at++) signs[at] = next() ? 1 : -1;
  }

  /** @param vectors  [count, dimensions], row-major */
  encode(vectors: Float32Array): Codes {
    const { dimensions } = this.plan;
    const count = vectors.length / dimensions;
    const width = codeBytes(dimensions);
    const codes = new Uint8Array(count * width);
    const facts = new Float32Array(count * FACTS);
    for (let first = 0; first < count; first += BATCH) {
      const rows = Math.min(BATCH, count - first);
      this.#batch(vectors, first, rows);
      codes.set(this.#kernels.bytes(this.#at.codes, rows * width), first * width);
      facts.set(this.#kernels.float32(this.#at.facts, rows * FACTS), first * FACTS);
    }
    return { codes, facts };
  }

  #batch(vectors: Float32Array, first: number, rows: number): void {
    const { dimensions } = this.plan;
    const { x, mean, signs, work, codes, facts } = this.#at;
    const into = this.#kernels.float32(x, rows * this.#size);
    for (let row = 0; row < rows; row++)
      into.set(vectors.subarray((first + row) * dimensions, (first + row + 1) * dimensions), row * this.#size);
    this.#kernels.run.encode(x, rows, this.#size, mean, signs, this.#rotations, ROUNDS, work, codes, facts);
  }
}

/** Bits at random, the same for a seed everywhere: xorshift32 (Marsaglia 2003). */
function randomBits(seed: number): () => boolean {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state & 0x10000) !== 0;
  };
}
