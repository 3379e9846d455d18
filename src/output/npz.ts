import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import { OrcaError } from "../errors.ts";
import {
  type ArrayField,
  arrayFields,
  type EmbedRecord,
  type HeaderRecord,
  type SummaryRecord,
  type WindowRecord,
} from "../records/index.ts";
import { type NpyArray, npyHeader } from "./npy.ts";

/** Where rows wait until their number is known: memory in a browser, a file on the command line. */
export interface Spool {
  push(bytes: Uint8Array): void | Promise<void>;
  /** All bytes pushed, in order; called once, at the end. */
  read(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** An array that windows may carry, and whether one did. */
interface Column {
  readonly field: ArrayField;
  readonly spool: Spool;
  filled: boolean;
}

/**
 * NumPy's .npz: `embedding` [n, size], `start` and `end` [n] (float64, seconds), `utc` [n] (datetime64[ms], where the start
 * is known), `scores` [n, classes], `spectrogram` [n, frames, bands] and further outputs as `outputs.NAME` [n, …] where
 * they were asked for, and `header` and `summary` as JSON in uint8 arrays. An .npy file states its row count before its
 * rows, so the rows wait in spools until `finish`.
 */
export class NpzWriter {
  readonly #spool: () => Spool;
  /** In the order of the arrays in a window. */
  #columns: readonly Column[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #utcs: number[] = [];
  #header: HeaderRecord | undefined;
  #summary: SummaryRecord | undefined;

  /** @param spool  is called for each array that windows may carry */
  constructor(spool: () => Spool) {
    this.#spool = spool;
  }

  async push(record: EmbedRecord): Promise<void> {
    if (record.type === "header") this.#open(record);
    else if (record.type === "summary") this.#summary = record;
    else if (record.type === "window") await this.#pushWindow(record);
  }

  #open(header: HeaderRecord): void {
    this.#header = header;
    const fail = (what: string) => new OrcaError("internal", `No .npz can be written: ${what}.`);
    this.#columns = arrayFields(header, fail).map((field) => ({ field, spool: this.#spool(), filled: field.always }));
  }

  async #pushWindow(record: WindowRecord): Promise<void> {
    this.#starts.push(record.start);
    this.#ends.push(record.end);
    if (record.utc !== undefined) this.#utcs.push(Date.parse(record.utc));
    for (const column of this.#columns) {
      const row = column.field.of(record);
      if (row === undefined) continue;
      column.filled = true;
      await column.spool.push(new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
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
    for (const { field, spool, filled } of this.#columns) {
      if (!filled) continue;
      const file = open(new Float32Array(0), [count, ...field.shape], new ZipPassThrough(`${field.name}.npy`));
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
