import { csvLine } from "../../src/output/csv.ts";
import { NpzWriter, type Spool } from "../../src/output/npz.ts";
import { RecordWriter } from "../../src/records/index.ts";
import type { Result } from "../session/result.ts";

/** Lines that are joined before they become a part of a Blob, which may lie on disk. */
const LINES = 64;

/** The records as lines: header, windows with embeddings and scores, summary. The same as the command line writes. */
export function ndjsonFile(result: Result): Promise<Blob> {
  const writer = new RecordWriter("numbers");
  return lines(result, writer.text.contentType, (record) => writer.write(record));
}

export function csvFile(result: Result): Promise<Blob> {
  return lines(result, "text/csv", (record) => csvLine(record, true));
}

/** Embeddings, scores and spectrograms for NumPy. */
export async function npzFile(result: Result): Promise<Blob> {
  const writer = new NpzWriter(() => new BlobSpool());
  for await (const record of result.records({ spectrogram: true })) await writer.push(record);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const part of writer.finish()) parts.push(part.slice());
  return new Blob(parts, { type: "application/zip" });
}

async function lines(
  result: Result,
  type: string,
  write: (record: Parameters<typeof csvLine>[0]) => string,
): Promise<Blob> {
  const parts: Blob[] = [];
  let waiting: string[] = [];
  for await (const record of result.records({ spectrogram: false })) {
    waiting.push(write(record));
    if (waiting.length < LINES) continue;
    parts.push(new Blob(waiting));
    waiting = [];
  }
  return new Blob([...parts, ...waiting], { type });
}

/** Rows that wait in a Blob each, so that the browser may move them to disk. */
class BlobSpool implements Spool {
  readonly #parts: Blob[] = [];

  push(bytes: Uint8Array<ArrayBuffer>): void {
    this.#parts.push(new Blob([bytes]));
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (const part of this.#parts) yield new Uint8Array(await part.arrayBuffer());
  }
}

/** Lets the browser save a file. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
