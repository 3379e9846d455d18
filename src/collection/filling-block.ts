import type { OrcaError } from "../errors.ts";
import type { WindowRow } from "./row-test.ts";
import type { OtherVectors, WindowBlock } from "./types.ts";

/** A block that fills, window by window. */
export class FillingBlock {
  count = 0;
  readonly #dimensions: number;
  readonly #missing: (id: number) => OrcaError;
  readonly #others: OtherVectors | undefined;
  readonly #columns: readonly Float64Array[];
  readonly #vectors: Float32Array<ArrayBuffer>;

  constructor(size: number, dimensions: number, missing: (id: number) => OrcaError, others: OtherVectors | undefined) {
    this.#dimensions = dimensions;
    this.#missing = missing;
    this.#others = others;
    this.#columns = Array.from({ length: 6 }, () => new Float64Array(size));
    this.#vectors = new Float32Array(size * dimensions);
  }

  take(
    { id, recordingId, start, end, utc, rms }: WindowRow & { readonly id: number },
    vector: Uint8Array | undefined,
  ): void {
    for (const [at, value] of [id, recordingId, start, end, utc, rms].entries())
      (this.#columns[at] as Float64Array)[this.count] = value;
    const at = this.count * this.#dimensions;
    if (this.#dimensions > 0) {
      if (vector !== undefined) new Uint8Array(this.#vectors.buffer).set(vector, at * 4);
      else if (this.#others?.read(id, this.#vectors, at) !== true) throw this.#missing(id);
    }
    this.count++;
  }

  block(): WindowBlock {
    const { count } = this;
    const [ids, recordings, starts, ends, utcs, rms] = this.#columns.map((column) => column.subarray(0, count)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const vectors = this.#vectors.subarray(0, count * this.#dimensions);
    return { count, ids, recordings, starts, ends, utcs, rms, vectors };
  }
}
