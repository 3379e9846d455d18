import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type NewWindow, windowRow, windowRowBytes, windowsOfRows } from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";
import type { EmbedRecord, HeaderRecord, SummaryRecord } from "../../records/index.ts";

/**
 * A recording's records on the way into a collection: u32 length and JSON of the header; a row a window (window-rows.ts);
 * JSON of the summary and its u32 length. It is read once, by the process that writes the collection, and thrown away.
 */

/** Rows that are read at a time. */
const ROWS = 256;

/** Records as bytes. */
export class SpoolWriter {
  /** @param record  in their order */
  write(record: EmbedRecord): Uint8Array {
    if (record.type === "window") {
      const { start, end, utc, rms, embedding: vector } = record;
      return windowRow({ start, end, rms, vector, ...(utc === undefined ? {} : { utc: Date.parse(utc) }) });
    }
    const json = new TextEncoder().encode(JSON.stringify(record));
    const length = new Uint8Array(Uint32Array.of(json.length).buffer);
    return record.type === "header" ? joined(length, json) : joined(json, length);
  }
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
  const width = windowRowBytes(header.embedding);
  const count = (size - 4 - summaryLength - first) / width;
  return {
    header,
    summary,
    *windows() {
      for (let row = 0; row < count; row += ROWS) {
        const rows = Math.min(ROWS, count - row);
        yield* windowsOfRows(read(first + row * width, rows * width), header.embedding);
      }
    },
    close: () => closeSync(file),
  };
}

const parsed = <T>(bytes: Uint8Array): T => JSON.parse(new TextDecoder().decode(bytes)) as T;
