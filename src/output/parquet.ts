import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import { OrcaError } from "../errors.ts";
import {
  type ArrayField,
  arrayFields,
  type EmbedRecord,
  type EventRecord,
  type HeaderRecord,
  type SummaryRecord,
  type WindowRecord,
} from "../records/index.ts";
import { VERSION } from "../version.ts";

/**
 * Numbers that a row group holds at most (4 MB of float32): what waits in memory, and what a reader takes at a time. To write
 * one takes some 16 times its bytes.
 */
const GROUP_VALUES = 1 << 20;
/** Rows that it holds at most, where they are short. */
const GROUP_ROWS = 4096;

export interface ParquetOptions {
  /** The recording's name, for the column `file`. */
  readonly file: string;
  /** Which lists beside the embedding; records must carry them. */
  readonly scores: boolean;
  readonly spectrogram: boolean;
  /** Numbers of a row group, where memory is short. */
  readonly groupValues?: number;
}

/**
 * A recording's windows as Parquet: `file`, `window` (its index), `start` and `end` (seconds), `utc` (milliseconds, null
 * where it is not known), `rms`, and lists of float32: `embedding`, and `scores` and `spectrogram` ([frames, bands],
 * row-major) where they were asked for; further outputs as `outputs.NAME`; probabilities of heads as `HEAD:CLASS`, and their
 * events as JSON under `events`. Parquet has no lists of fixed length: all of a column are as long as
 * the header says. `header` and `summary` stand as JSON in the file's key-value metadata. Files of one model and the same
 * choices have one schema, so a folder of them is a data set.
 */
export class ParquetTable {
  readonly #options: ParquetOptions;
  readonly #bytes = new ByteWriter();
  #writer: ParquetWriter | undefined;
  #lists: readonly ArrayField[] = [];
  #groupRows = GROUP_ROWS;
  #rows: WindowRecord[] = [];
  /** Heads and classes, a column each. */
  #heads: readonly (readonly [head: string, name: string])[] = [];
  readonly #events: EventRecord[] = [];
  #header: HeaderRecord | undefined;
  #summary: SummaryRecord | undefined;

  constructor(options: ParquetOptions) {
    this.#options = options;
  }

  /** The file's next pieces, where a row group is full. */
  *push(record: EmbedRecord): Generator<Uint8Array> {
    if (record.type === "header") this.#open(record);
    else if (record.type === "summary") this.#summary = record;
    else if (record.type === "event") this.#events.push(record);
    else if (this.#rows.push(record) === this.#groupRows) yield this.#group();
  }

  /** What is left. */
  *finish(): Generator<Uint8Array> {
    if (this.#writer === undefined) return;
    if (this.#rows.length > 0) yield this.#group();
    const events =
      this.#header?.heads === undefined ? {} : { events: this.#events.filter(({ phase }) => phase === "end") };
    const about = { header: this.#header, summary: this.#summary ?? null, ...events };
    this.#writer.kvMetadata = Object.entries(about).map(([key, value]) => ({ key, value: JSON.stringify(value) }));
    this.#writer.finish();
    yield this.#taken();
  }

  #open(header: HeaderRecord): void {
    const { scores, spectrogram, groupValues = GROUP_VALUES } = this.#options;
    const asked: Readonly<Record<string, boolean>> = { scores, spectrogram };
    const fail = (what: string) => new OrcaError("internal", `No Parquet can be written: ${what}.`);
    this.#header = header;
    this.#lists = arrayFields(header, fail).filter(({ name, size, always }) => size > 0 && (always || asked[name]));
    this.#heads = (header.heads ?? []).flatMap(({ id, classes }) => classes.map(({ name }) => [id, name] as const));
    const width = this.#lists.reduce((sum, { size }) => sum + size, 0);
    this.#groupRows = Math.max(1, Math.min(GROUP_ROWS, Math.floor(groupValues / width)));
    const createdBy = `orca-embeddings ${VERSION}`;
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema: schema(this.#lists, this.#heads), createdBy });
  }

  #group(): Uint8Array {
    const rows = this.#rows;
    const column = (name: string, cell: (row: WindowRecord) => unknown): ColumnSource => ({
      name,
      data: rows.map(cell),
    });
    // No two numbers of embeddings are alike, and the least and the greatest of all help nobody to find a row.
    const list = ({ name, of }: ArrayField): ColumnSource => ({
      ...column(name, (row) => Array.from(of(row) ?? [])),
      encoding: "PLAIN",
      statistics: false,
    });
    this.#writer?.write({
      columnData: [
        column("file", () => this.#options.file),
        column("window", ({ index }) => index),
        column("start", ({ start }) => start),
        column("end", ({ end }) => end),
        column("utc", ({ utc }) => (utc === undefined ? undefined : new Date(utc))),
        column("rms", ({ rms }) => rms),
        ...this.#lists.map(list),
        ...this.#heads.map(([head, name]) => column(`${head}:${name}`, ({ heads }) => heads?.[head]?.[name])),
      ],
      rowGroupSize: rows.length,
    });
    this.#rows = [];
    return this.#taken();
  }

  #taken(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}

function schema(lists: readonly ArrayField[], heads: readonly (readonly [string, string])[]): SchemaElement[] {
  const required = { repetition_type: "REQUIRED" } as const;
  return [
    { name: "root", num_children: 6 + lists.length + heads.length },
    { name: "file", type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" }, ...required },
    { name: "window", type: "INT32", ...required },
    { name: "start", type: "DOUBLE", ...required },
    { name: "end", type: "DOUBLE", ...required },
    {
      name: "utc",
      type: "INT64",
      converted_type: "TIMESTAMP_MILLIS",
      logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
      repetition_type: "OPTIONAL",
    },
    { name: "rms", type: "DOUBLE", ...required },
    ...lists.flatMap(({ name }): SchemaElement[] => [
      { name, converted_type: "LIST", logical_type: { type: "LIST" }, num_children: 1, ...required },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "FLOAT", ...required },
    ]),
    ...heads.map(([head, name]): SchemaElement => ({ name: `${head}:${name}`, type: "DOUBLE", ...required })),
  ];
}
