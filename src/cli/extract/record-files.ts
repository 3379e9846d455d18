import { dirname } from "node:path";
import { writingInto } from "../../errors.ts";
import { makeFolder } from "../../make-folder.node.ts";
import type { Layout, Sink } from "../../options/index.ts";
import { csvLine, NpzWriter, ParquetTable, ravenLines } from "../../output/index.ts";
import { type EmbedRecord, type Encoding, RecordWriter } from "../../records/index.ts";
import { SpoolWriter } from "../collect/spool.ts";
import { Draft } from "../draft.ts";

/** Takes the records of one recording and model; the file appears under its name only when it is whole. */
export interface RecordFile {
  push(record: EmbedRecord): Promise<void>;
  close(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/** What tables say about the recording: its name in the results, and where it lies. */
export interface Named {
  readonly name: string;
  readonly path: string;
}

/** @param draft  what the file is called until it is whole, without an ending */
export async function openRecordFile(
  target: string,
  format: Sink,
  layout: Layout,
  named: Named,
  draft = target,
): Promise<RecordFile> {
  await writingInto(dirname(target), () => makeFolder(dirname(draft)));
  const file = new Draft(target, `${draft}.part`);
  switch (format) {
    case "npz":
      return npzFile(file, draft);
    case "collection":
      return textFile(file, spooled());
    case "parquet":
      return parquetFile(file, new ParquetTable({ file: named.name, ...layout }));
    default:
      return textFile(file, textOf(format, layout, named));
  }
}

/** The lines that a record gives. */
function textOf(format: "ndjson" | "csv" | "raven", layout: Layout, named: Named): (record: EmbedRecord) => string {
  switch (format) {
    case "csv":
      return (record) => csvLine(record, layout.scores);
    case "raven":
      return ravenLines({ ...named, ...layout });
    case "ndjson":
      return ndjsonOf(layout.encoding);
  }
}

function spooled(): (record: EmbedRecord) => Uint8Array {
  const writer = new SpoolWriter();
  return (record) => writer.write(record);
}

function ndjsonOf(encoding: Encoding): (record: EmbedRecord) => string {
  const writer = new RecordWriter(encoding);
  return (record) => writer.write(record);
}

function textFile(draft: Draft, text: (record: EmbedRecord) => string | Uint8Array): RecordFile {
  return {
    push: (record) => draft.write(text(record)),
    close: () => draft.keep(),
    discard: () => draft.drop(),
  };
}

/** Row groups leave as they are full, so that memory does not grow with the recording. */
function parquetFile(draft: Draft, table: ParquetTable): RecordFile {
  return {
    push: async (record) => {
      for (const piece of table.push(record)) await draft.write(piece);
    },
    async close() {
      for (const piece of table.finish()) await draft.write(piece);
      await draft.keep();
    },
    discard: () => draft.drop(),
  };
}

/** Rows wait in files beside the draft, so that memory does not grow with the recording. */
function npzFile(file: Draft, draft: string): RecordFile {
  const spools: Draft[] = [];
  const writer = new NpzWriter(() => {
    const spool = new Draft(`${draft}.rows-${spools.length}`);
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
      for await (const piece of writer.finish()) await file.write(piece);
      await file.keep();
      await clear();
    },
    async discard() {
      await clear();
      await file.drop();
    },
  };
}
