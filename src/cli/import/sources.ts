import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { unzipSync } from "fflate";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import type { CollectionModel, NewWindow } from "../../collection/index.ts";
import { collectionModel } from "../../collection/index.ts";
import { parseNpy } from "../../convert/readers/npz.ts";
import { OrcaError } from "../../errors.ts";
import { type HeaderRecord, readRecords, type SummaryRecord } from "../../records/index.ts";

/** Windows of one recording after the other, as a file has them. */
export interface Part {
  /** The recording's name, where the file says it. */
  readonly name?: string;
  readonly model: CollectionModel;
  readonly header?: HeaderRecord | undefined;
  readonly summary?: SummaryRecord | undefined;
  readonly windows: readonly NewWindow[];
}

/** A file's endings, and how it is read: pieces of recordings in order, none of more than a few thousand windows. */
const READERS: Readonly<Record<string, (path: string, model: string | undefined) => AsyncGenerator<Part>>> = {
  ndjson: recordParts,
  npz: npzParts,
  parquet: parquetParts,
};

export const IMPORTED = Object.keys(READERS);

export const isImported = (name: string) => IMPORTED.some((ending) => name.endsWith(`.${ending}`));

/** Throws `bad_option` for a file of another kind. */
export function partsOf(path: string, model: string | undefined): AsyncGenerator<Part> {
  const read = READERS[/\.([a-z]+)$/.exec(path)?.[1] ?? ""];
  if (read !== undefined) return read(path, model);
  throw new OrcaError("bad_option", `${path} is none of ${IMPORTED.join(", ")}.`);
}

/** Windows of a part. */
const PART = 1024;

async function* recordParts(path: string): AsyncGenerator<Part> {
  let header: HeaderRecord | undefined;
  let windows: NewWindow[] = [];
  for await (const record of readRecords(createReadStream(path))) {
    if (record.type === "header") header = record;
    if (header === undefined) continue;
    const part = { model: collectionModel(header), header };
    if (record.type === "window") {
      const { start, end, utc, rms, embedding } = record;
      windows.push({ start, end, rms, vector: embedding, ...(utc === undefined ? {} : { utc: Date.parse(utc) }) });
      if (windows.length < PART) continue;
      yield { ...part, windows };
      windows = [];
    } else if (record.type === "summary") {
      yield { ...part, summary: record, windows };
      windows = [];
    }
  }
}

/** NumPy's archive; the whole of it is in memory. */
async function* npzParts(path: string): AsyncGenerator<Part> {
  const wrong = (what: string, cause?: unknown) =>
    new OrcaError("bad_option", `${path} cannot be read: ${what}.`, { cause });
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(await readFile(path));
  } catch (cause) {
    throw wrong("it is no .npz", cause);
  }
  const array = (name: string) => {
    const bytes = files[`${name}.npy`];
    if (bytes === undefined) throw wrong(`it has no array ${name}`);
    return parseNpy(bytes, `${path}:${name}`);
  };
  const header = jsonOf<HeaderRecord>(files["header.npy"]);
  const summary = jsonOf<SummaryRecord>(files["summary.npy"]) ?? undefined;
  if (header === undefined || header === null) throw wrong("it does not say how it was made");
  const [{ values, shape }, starts, ends] = [array("embedding"), array("start"), array("end")];
  const [count = 0, size = 0] = shape;
  const vectors = values instanceof Float32Array ? values : Float32Array.from(values);
  const windows = Array.from({ length: count }, (_, at) => ({
    start: starts.values[at] as number,
    end: ends.values[at] as number,
    vector: vectors.subarray(at * size, (at + 1) * size),
  }));
  yield { model: collectionModel(header), header, summary, windows };
}

/** JSON in an array of bytes. */
function jsonOf<T>(npy: Uint8Array | undefined): T | null | undefined {
  if (npy === undefined) return undefined;
  const start = 10 + new DataView(npy.buffer, npy.byteOffset).getUint16(8, true);
  return JSON.parse(new TextDecoder().decode(npy.subarray(start))) as T | null;
}

/** A row group at a time. Of our own files, and of others' that have file, start, end and embedding. */
async function* parquetParts(path: string, model: string | undefined): AsyncGenerator<Part> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
    throw new OrcaError("bad_option", `${path} cannot be read: it is no Parquet.`, { cause });
  });
  const about = Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value]));
  const header = about.header === undefined ? undefined : (JSON.parse(about.header) as HeaderRecord);
  const summary =
    about.summary === undefined ? undefined : ((JSON.parse(about.summary) as SummaryRecord | null) ?? undefined);
  let row = 0;
  for (const group of metadata.row_groups) {
    const end = row + Number(group.num_rows);
    const rows = await parquetReadObjects({ file, metadata, rowStart: row, rowEnd: end });
    row = end;
    for (const [name, list] of Map.groupBy(rows, (one) => String(one.file ?? ""))) {
      const windows = list.map((one) => windowOf(one, path));
      const dimensions = windows[0]?.vector.length ?? 0;
      const whose = header === undefined ? { id: named(model, path), dimensions } : collectionModel(header);
      yield { ...(name === "" ? {} : { name }), model: whose, header, summary, windows };
    }
  }
}

function named(model: string | undefined, path: string): string {
  if (model !== undefined) return model;
  throw new OrcaError("bad_option", `${path} does not say which model its embeddings are of.`, {
    field: "model",
    hint: "Say it with --model.",
  });
}

function windowOf(row: Readonly<Record<string, unknown>>, path: string): NewWindow {
  const { start, end, utc, rms, embedding } = row;
  if (
    typeof start !== "number" ||
    typeof end !== "number" ||
    !(Array.isArray(embedding) || embedding instanceof Float32Array)
  )
    throw new OrcaError("bad_option", `${path} has no columns start, end (seconds) and embedding (a list of numbers).`);
  return {
    start,
    end,
    vector: Float32Array.from(embedding as ArrayLike<number>),
    ...(utc instanceof Date ? { utc: utc.getTime() } : {}),
    ...(typeof rms === "number" ? { rms } : {}),
  };
}
