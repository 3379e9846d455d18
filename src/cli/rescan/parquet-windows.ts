import {
  type AsyncBuffer,
  type ColumnChunk,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { type CollectionModel, collectionModel } from "../../collection/index.ts";
import { unpackSnappy } from "../../convert/readers/snappy.ts";
import { asOrcaError, OrcaError } from "../../errors.ts";
import type { HeaderRecord, SummaryRecord } from "../../records/index.ts";
import type { StoredBlock, StoredRecordings } from "./stored.ts";

/** The recording of one of our Parquet files of embeddings. Throws `bad_option` where it is none. @param path  for errors */
export async function openParquet(file: AsyncBuffer, path: string): Promise<StoredRecordings> {
  const wrong = (what: string, cause?: unknown) =>
    new OrcaError("bad_option", `${path} cannot be used: ${what}.`, {
      hint: "It must be Parquet as orca-embed extract --format parquet writes it; orca-embed import reads others.",
      cause,
    });
  const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
    // What cannot be read now is no damage.
    throw cause instanceof OrcaError ? cause : wrong("it is no Parquet, or not whole", cause);
  });
  const about = Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value]));
  const [header, summary] = [parsed<HeaderRecord>(about.header), parsed<SummaryRecord>(about.summary)];
  if (header === undefined) throw wrong("it does not say which model its embeddings are of");
  const model = collectionModel(header);
  const start = summary?.start ?? header.start;
  const name = await nameIn(file, metadata);
  const [first = "", ...more] = name.split("/");
  const place = {
    name,
    site: more.length > 0 ? first : "",
    utc: start === undefined ? undefined : Date.parse(start.utc),
    seconds: summary?.seconds,
  };
  return {
    model,
    place: () => place,
    blocks: (room) => blocks(file, metadata, model, room, wrong),
    close: () => undefined,
  };
}

function parsed<T>(json: string | undefined): T | undefined {
  try {
    return json === undefined ? undefined : ((JSON.parse(json) as T | null) ?? undefined);
  } catch {
    return undefined;
  }
}

async function nameIn(file: AsyncBuffer, metadata: FileMetaData): Promise<string> {
  const [row] = await parquetReadObjects({ file, metadata, columns: ["file"], rowStart: 0, rowEnd: 1 });
  return String(row?.file ?? "");
}

type Wrong = (what: string, cause?: unknown) => OrcaError;

/** A row group at a time, cut to what there is room for. */
async function* blocks(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { dimensions }: CollectionModel,
  room: (count: number) => Float32Array,
  wrong: Wrong,
): AsyncGenerator<StoredBlock> {
  let first = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const columns = ["start", "end"];
    const [times, vectors] = await Promise.all([
      parquetReadObjects({ file, metadata, columns, rowStart: first, rowEnd: first + rows }),
      vectorsOf(file, embeddingColumn(group.columns, wrong), rows * dimensions, wrong),
    ]).catch((thrown: unknown) => {
      throw asOrcaError(thrown).code === "internal" ? wrong("it is damaged", thrown) : thrown;
    });
    first += rows;
    yield* cut(times, vectors, dimensions, room);
  }
}

/** Windows that are given at once. */
const ROWS = 64;

function* cut(
  times: readonly Readonly<Record<string, unknown>>[],
  vectors: Float32Array,
  dimensions: number,
  room: (count: number) => Float32Array,
): Generator<StoredBlock> {
  for (let from = 0; from < times.length; from += ROWS) {
    const some = times.slice(from, from + ROWS);
    const into = room(some.length);
    into.set(vectors.subarray(from * dimensions, (from + some.length) * dimensions));
    yield {
      count: some.length,
      recordings: new Float64Array(some.length),
      starts: Float64Array.from(some, ({ start }) => start as number),
      ends: Float64Array.from(some, ({ end }) => end as number),
      vectors: into,
    };
  }
}

function embeddingColumn(columns: readonly ColumnChunk[], wrong: Wrong): NonNullable<ColumnChunk["meta_data"]> {
  const column = columns.find(({ meta_data: meta }) => meta?.path_in_schema[0] === "embedding")?.meta_data;
  if (column?.type === "FLOAT") return column;
  throw wrong("it has no column embedding of float32");
}

/**
 * The numbers of a column of lists of one length, as they lie in its pages: ten times as fast as list by list. A page is as our
 * writer makes it (Parquet's format, DataPageHeaderV2: levels, then values that may be packed).
 */
async function vectorsOf(
  file: AsyncBuffer,
  column: NonNullable<ColumnChunk["meta_data"]>,
  count: number,
  wrong: Wrong,
): Promise<Float32Array> {
  const from = Number(column.data_page_offset);
  const bytes = await file.slice(from, from + Number(column.total_compressed_size));
  const reader = { view: new DataView(bytes), offset: 0 };
  const values = new Float32Array(count);
  const out = new Uint8Array(values.buffer);
  let at = 0;
  while (reader.offset < bytes.byteLength) {
    const header = parquetHeader(reader);
    const page = header.data_page_header_v2;
    const { compressed_page_size: size } = header;
    if (
      page?.encoding !== "PLAIN" ||
      page.num_nulls !== 0 ||
      !(column.codec === "SNAPPY" || column.codec === "UNCOMPRESSED")
    )
      throw wrong("its embeddings are packed in a way that this does not read");
    const levels = page.repetition_levels_byte_length + page.definition_levels_byte_length;
    const packed = new Uint8Array(bytes, reader.offset + levels, size - levels);
    const plain =
      page.is_compressed === false || column.codec === "UNCOMPRESSED"
        ? packed
        : unpackSnappy(packed, "", from + reader.offset);
    if (plain.length !== page.num_values * 4 || at + plain.length > out.length) throw wrong("it is damaged");
    out.set(plain, at);
    at += plain.length;
    reader.offset += size;
  }
  if (at === out.length) return values;
  throw wrong(`a part of it has ${at / 4} numbers of embeddings in place of ${count}`);
}
