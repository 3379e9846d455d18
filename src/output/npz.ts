import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import type { EmbedRecord, HeaderRecord, SummaryRecord, WindowRecord } from "../embed/index.ts";
import { type NpyArray, npyHeader } from "./npy.ts";

/**
 * NumPy's .npz: `embedding` [n, size], `start` and `end` [n] (float64, seconds), `scores` [n, classes] and `spectrogram`
 * [n, frames, bands] where they were asked for, and `header` and `summary` as JSON in uint8 arrays.
 *
 * `push` gives nothing: an .npy file states its row count first, so the rows wait until `finish`.
 */
export class NpzWriter {
  #header: HeaderRecord | undefined;
  #summary: SummaryRecord | undefined;
  readonly #windows: WindowRecord[] = [];

  push(record: EmbedRecord): void {
    if (record.type === "header") this.#header = record;
    else if (record.type === "summary") this.#summary = record;
    else this.#windows.push(record);
  }

  /** Pieces of the archive, in order. */
  *finish(): Generator<Uint8Array> {
    const header = this.#header;
    if (header === undefined) return;
    const count = this.#windows.length;
    const { frames, bands } = header.spectrogram;
    const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const pieces: Uint8Array[] = [];
    const zip = new Zip((failure, piece) => {
      if (failure) throw failure;
      pieces.push(piece);
    });
    const put = (name: string, kind: NpyArray, shape: readonly number[], rows: Iterable<NpyArray>) => {
      const file =
        name === "header" || name === "summary" ? new ZipDeflate(`${name}.npy`) : new ZipPassThrough(`${name}.npy`);
      // The same records give the same bytes.
      file.mtime = "1980-01-01";
      zip.add(file);
      file.push(npyHeader(kind, shape));
      for (const row of rows) file.push(new Uint8Array(row.buffer, row.byteOffset, row.byteLength).slice());
      file.push(new Uint8Array(0), true);
    };
    const column = (pick: (window: WindowRecord) => number) => {
      const values = Float64Array.from(this.#windows, pick);
      return [values, [count], [values]] as const;
    };
    const rowsOf = (key: "embedding" | "scores" | "spectrogram") =>
      this.#windows.map((window) => window[key]).filter((row) => row !== undefined);
    const kind = new Float32Array(0);
    put("embedding", kind, [count, header.embedding], rowsOf("embedding"));
    yield* pieces.splice(0);
    put("start", ...column((window) => window.start));
    put("end", ...column((window) => window.end));
    const scores = rowsOf("scores");
    if (scores.length > 0) put("scores", kind, [count, header.scores ?? 0], scores);
    const spectrogram = rowsOf("spectrogram");
    if (spectrogram.length > 0) put("spectrogram", kind, [count, frames, bands], spectrogram);
    yield* pieces.splice(0);
    for (const [name, value] of Object.entries({ header, summary: this.#summary ?? null })) {
      const text = json(value);
      put(name, text, [text.length], [text]);
    }
    zip.end();
    yield* pieces.splice(0);
  }
}
