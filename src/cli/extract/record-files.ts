import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { EmbedRecord } from "../../embed/index.ts";
import { csvLine, type Encoding, NpzWriter, ndjson } from "../../output/index.ts";
import { Draft } from "../draft.ts";

export const FORMATS = ["ndjson", "csv", "npz"] as const;
export type Format = (typeof FORMATS)[number];

/** Takes the records of one recording and model; the file appears under its name only when it is whole. */
export interface RecordFile {
  push(record: EmbedRecord): Promise<void>;
  close(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

export async function openRecordFile(
  target: string,
  format: Format,
  encoding: Encoding,
  scores: boolean,
): Promise<RecordFile> {
  await mkdir(dirname(target), { recursive: true });
  return format === "npz" ? npzFile(target) : textFile(target, format, encoding, scores);
}

function textFile(target: string, format: "ndjson" | "csv", encoding: Encoding, scores: boolean): RecordFile {
  const draft = new Draft(target);
  let bands = 0;
  return {
    async push(record) {
      if (record.type === "header") bands = record.spectrogram.bands;
      await draft.write(format === "csv" ? csvLine(record, scores) : ndjson.write(record, encoding, bands));
    },
    close: () => draft.keep(),
    discard: () => draft.drop(),
  };
}

/** Rows wait in files beside the target, so that memory does not grow with the recording. */
function npzFile(target: string): RecordFile {
  const draft = new Draft(target);
  const spools: Draft[] = [];
  const writer = new NpzWriter((column) => {
    const spool = new Draft(`${target}.${column}`);
    spools.push(spool);
    return {
      push: (bytes) => spool.write(bytes),
      async *read() {
        yield* await spool.reread();
      },
    };
  });
  const clear = () => Promise.all(spools.map((spool) => spool.drop()));
  return {
    push: (record) => writer.push(record),
    async close() {
      for await (const piece of writer.finish()) await draft.write(piece);
      await draft.keep();
      await clear();
    },
    async discard() {
      await clear();
      await draft.drop();
    },
  };
}
