import { type ASUtil, instantiateSync } from "@assemblyscript/loader";
import { OrcaError } from "../errors.ts";

/** The exports of assembly/vectors/index.ts; every `usize` is a byte address in `memory`. */
interface VectorExports extends Record<string, unknown> {
  readonly memory: WebAssembly.Memory;
  alloc(bytes: number): number;
  mark(): number;
  release(mark: number): void;
  scores(measure: number, query: number, rows: number, count: number, bytes: number, out: number): void;
  inverseLengths(rows: number, count: number, bytes: number, out: number): void;
  scale(scores: number, factors: number, count: number): void;
  top(capacity: number): number;
  topInto(top: number, scores: number, ids: number, count: number): void;
  sortTop(top: number): number;
  bestOf(scores: number, examples: number, negatives: number, count: number): void;
  select(wanted: number): number;
  selectNone(selection: number): void;
  selectBest(selection: number): number;
  selected(selection: number): number;
  scanCodes(
    measure: number,
    selection: number,
    first: number,
    codes: number,
    facts: number,
    count: number,
    bytes: number,
    query: number,
    products: number,
    withMean: number,
    queryLength: number,
  ): void;
  refineCodes(
    measure: number,
    selection: number,
    list: number,
    count: number,
    pieces: number,
    rowsLog2: number,
    first: number,
    rest: number,
    query: number,
    products: number,
    withMean: number,
    queryLength: number,
  ): void;
  splitCodes(codes: number, count: number, first: number, rest: number, firsts: number, rests: number): void;
  encode(
    x: number,
    count: number,
    size: number,
    mean: number,
    signs: number,
    rotations: number,
    rounds: number,
    work: number,
    codes: number,
    facts: number,
  ): void;
}

/**
 * One instance of the module of vector search: a memory of its own, of 4 GB at most, which goes when nobody holds the
 * instance any more. Views are made anew at each call, because memory that grows replaces its buffer.
 */
export class VectorKernels {
  readonly run: ASUtil & VectorExports;

  /** @param module  build/vectors.wasm, compiled */
  constructor(module: WebAssembly.Module) {
    this.run = instantiateSync<VectorExports>(module).exports;
  }

  /** Reserves bytes, zeroed, aligned to 16. */
  alloc(bytes: number): number {
    try {
      // A `usize` beyond 2 GB comes back as a negative number.
      return this.run.alloc(bytes) >>> 0;
    } catch (cause) {
      throw new OrcaError("too_large", `Searching needs ${Math.ceil(bytes / 2 ** 20)} MB more memory than there is.`, {
        hint: "Search fewer windows: by deployment, recording or time.",
        cause,
      });
    }
  }

  /** Does work whose memory is given back behind it. */
  scratch<T>(work: () => T): T {
    const mark = this.run.mark();
    try {
      return work();
    } finally {
      this.run.release(mark);
    }
  }

  bytes(at: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.run.memory.buffer as ArrayBuffer, at, length);
  }

  uint32(at: number, length: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.run.memory.buffer as ArrayBuffer, at, length);
  }

  float32(at: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.run.memory.buffer as ArrayBuffer, at, length);
  }
}
