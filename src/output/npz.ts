import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import type { EmbedRecord, HeaderRecord, SummaryRecord, WindowRecord } from "../embed/index.ts";
import { type NpyArray, npyHeader } from "./npy.ts";

/** Where rows wait until their number is known: memory in a browser, a file on the command line. */
export interface Spool {
  push(bytes: Uint8Array): void | Promise<void>;
  /** All bytes pushed, in order; called once, at the end. */
  read(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const COLUMNS = ["embedding", "scores", "spectrogram"] as const;
type Column = (typeof COLUMNS)[number];

/**
 * NumPy's .npz: `embedding` [n, size], `start` and `end` [n] (float64, seconds), `utc` [n] (datetime64[ms], where the start
 * is known), `scores` [n, classes] and `spectrogram`
 * [n, frames, bands] where they were asked for, and `header` and `summary` as JSON in uint8 arrays. An .npy file states
 * its row count before its rows, so the rows wait in spools until `finish`.
 */
export class NpzWriter {
  readonly #spools: ReadonlyMap<Column, Spool>;
  readonly #filled = new Set<Column>();
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #utcs: number[] = [];
  #header: HeaderRecord | undefined;
  #summary: SummaryRecord | undefined;

  constructor(spool: (column: Column) => Spool) {
    this.#spools = new Map(COLUMNS.map((column) => [column, spool(column)]));
  }

  async push(record: EmbedRecord): Promise<void> {
    if (record.type === "header") this.#header = record;
    else if (record.type === "summary") this.#summary = record;
    else await this.#pushWindow(record);
  }

  async #pushWindow(record: WindowRecord): Promise<void> {
    this.#starts.push(record.start);
    this.#ends.push(record.end);
    if (record.utc !== undefined) this.#utcs.push(Date.parse(record.utc));
    for (const [column, spool] of this.#spools) {
      const row = record[column];
      if (row === undefined) continue;
      this.#filled.add(column);
      await spool.push(new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
    }
  }

  /** Pieces of the archive, in order. */
  async *finish(): AsyncGenerator<Uint8Array> {
    const header = this.#header;
    if (header === undefined) return;
    const pieces: Uint8Array[] = [];
    const zip = new Zip((failure, piece) => {
      if (failure) throw failure;
      pieces.push(piece);
    });
    const open = (kind: NpyArray, shape: readonly number[], file: ZipDeflate | ZipPassThrough) => {
      // A fixed date, by the local clock as zip's dates are: the same records give the same bytes everywhere.
      file.mtime = new Date(1980, 0, 1);
      zip.add(file);
      file.push(npyHeader(kind, shape));
      return file;
    };
    const count = this.#starts.length;
    const { frames = 0, bands = 0 } = header.spectrogram ?? {};
    const shapes = {
      embedding: [count, header.embedding],
      scores: [count, header.scores ?? 0],
      spectrogram: [count, frames, bands],
    };
    for (const [column, spool] of this.#spools) {
      if (column !== "embedding" && !this.#filled.has(column)) continue;
      const file = open(new Float32Array(0), shapes[column], new ZipPassThrough(`${column}.npy`));
      for await (const bytes of spool.read()) {
        file.push(bytes);
        yield* pieces.splice(0);
      }
      file.push(new Uint8Array(0), true);
    }
    for (const [name, values] of [
      ["start", this.#starts],
      ["end", this.#ends],
    ] as const) {
      const column = Float64Array.from(values);
      open(column, [count], new ZipDeflate(`${name}.npy`)).push(new Uint8Array(column.buffer), true);
    }
    if (header.start !== undefined) {
      const column = BigInt64Array.from(this.#utcs, BigInt);
      open(column, [count], new ZipDeflate("utc.npy")).push(new Uint8Array(column.buffer), true);
    }
    for (const [name, value] of Object.entries({ header, summary: this.#summary ?? null })) {
      const text = new TextEncoder().encode(JSON.stringify(value));
      open(text, [text.length], new ZipDeflate(`${name}.npy`)).push(text, true);
    }
    zip.end();
    yield* pieces.splice(0);
  }
}
