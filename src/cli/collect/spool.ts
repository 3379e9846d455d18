import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { NewWindow } from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";
import type { EmbedRecord, HeaderRecord, SummaryRecord } from "../../records/index.ts";

/**
 * A recording's records on the way into a collection: u32 length and JSON of the header; a row a window of four float64
 * (start, end, utc in milliseconds or NaN, rms) and the embedding's float32; JSON of the summary and its u32 length.
 * It is read once, by the process that writes the collection, and thrown away.
 */
const NUMBERS = 4;

/** Rows that are read at a time. */
const ROWS = 256;

/** Records as bytes. */
export class SpoolWriter {
  /** @param record  in their order */
  write(record: EmbedRecord): Uint8Array {
    if (record.type === "window") return rowOf(record);
    const json = new TextEncoder().encode(JSON.stringify(record));
    const length = new Uint8Array(Uint32Array.of(json.length).buffer);
    return record.type === "header" ? joined(length, json) : joined(json, length);
  }
}

function rowOf({ start, end, utc, rms, embedding }: Extract<EmbedRecord, { type: "window" }>): Uint8Array {
  const numbers = Float64Array.of(start, end, utc === undefined ? Number.NaN : Date.parse(utc), rms);
  return joined(
    new Uint8Array(numbers.buffer),
    new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength),
  );
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** What a spool holds. */
export interface Spooled {
  readonly header: HeaderRecord;
  readonly summary: SummaryRecord;
  /** One after the other, once; a window's vector is good until the next one. */
  windows(): Generator<NewWindow>;
  close(): void;
}

/** Opens a spool that was written to its end. */
export function openSpool(path: string): Spooled {
  const file = openSync(path, "r");
  const read = (at: number, length: number) => {
    const bytes = new Uint8Array(length);
    for (let got = 0; got < length; ) {
      const count = readSync(file, bytes, got, length - got, at + got);
      if (count === 0) throw new OrcaError("internal", `${path} ends at ${at + got}.`);
      got += count;
    }
    return bytes;
  };
  const lengthAt = (at: number) => new DataView(read(at, 4).buffer).getUint32(0, true);
  const { size } = fstatSync(file);
  const headerLength = lengthAt(0);
  const header = parsed<HeaderRecord>(read(4, headerLength));
  const summaryLength = lengthAt(size - 4);
  const summary = parsed<SummaryRecord>(read(size - 4 - summaryLength, summaryLength));
  const first = 4 + headerLength;
  const width = NUMBERS * 8 + header.embedding * 4;
  const count = (size - 4 - summaryLength - first) / width;
  return {
    header,
    summary,
    *windows() {
      for (let row = 0; row < count; row += ROWS) {
        const rows = Math.min(ROWS, count - row);
        const bytes = read(first + row * width, rows * width);
        const view = new DataView(bytes.buffer);
        for (let at = 0; at < rows; at++) yield windowAt(view, at * width, header.embedding);
      }
    },
    close: () => closeSync(file),
  };
}

function windowAt(view: DataView, at: number, dimensions: number): NewWindow {
  const [start, end, utc, rms] = [0, 8, 16, 24].map((offset) => view.getFloat64(at + offset, true)) as [
    number,
    number,
    number,
    number,
  ];
  const vector = new Float32Array(view.buffer as ArrayBuffer, at + NUMBERS * 8, dimensions);
  return { start, end, rms, vector, ...(Number.isNaN(utc) ? {} : { utc }) };
}

const parsed = <T>(bytes: Uint8Array): T => JSON.parse(new TextDecoder().decode(bytes)) as T;
