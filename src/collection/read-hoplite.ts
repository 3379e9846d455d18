import { floatListOf } from "./float-list.ts";
import { fromFloat16 } from "./float16.ts";
import { annotationOf, recordingOf } from "./row-facts.ts";
import { invalid, metadataObject, modelOf } from "./schema.ts";
import { number, type SqlRow } from "./sql.ts";
import { TablesFile } from "./sqlite-file/read-tables.ts";
import type { CollectionModel, StoredAnnotation, StoredRecording, WindowBlock } from "./types.ts";
import { type FileBytes, readUsearch, SIZES_BYTES, type UsearchIndex } from "./usearch-file.ts";

/** Vectors of a block. */
const ROWS = 512;

/** A hoplite folder's two files. */
export interface HopliteBytes {
  readonly database: FileBytes;
  /** usearch.index, which has the vectors that perch-hoplite added. */
  readonly index: FileBytes | undefined;
}

/** What a hoplite folder holds: all but the vectors, which come one block at a time. */
export interface HopliteContent {
  readonly model: CollectionModel;
  readonly recordings: readonly StoredRecording[];
  /** All windows by their ids, without vectors. */
  readonly windows: Omit<WindowBlock, "vectors">;
  readonly annotations: readonly StoredAnnotation[];
  /** Their vectors in the same order, [rows, dimensions] at a time. Throws `collection_invalid`. */
  vectors(): Generator<Float32Array<ArrayBuffer>>;
}

/**
 * Reads a hoplite folder where there is no SQLite: in a browser. Throws `collection_invalid`.
 * @param name  the collection's, in errors
 */
export function readHoplite({ database, index }: HopliteBytes, name: string): HopliteContent {
  const tables = new TablesFile(database, `${name}/hoplite.sqlite`);
  const missing = ["hoplite_metadata", "deployments", "recordings", "windows", "annotations"].filter(
    (table) => !tables.has(table),
  );
  if (missing.length > 0) throw invalid(name, `it has no table ${missing.join(", ")}`);
  const metadata = new Map([...tables.rows("hoplite_metadata")].map(({ key, value }) => [String(key), value]));
  const model = modelOf((key) => metadataObject(metadata.get(key)), name);
  const deployments = new Map([...tables.rows("deployments")].map((row) => [row.id, row]));
  const recordings = [...tables.rows("recordings")].map((row) => recordingOf(withDeployment(row, deployments)));
  const names = new Map(recordings.map(({ id, name }) => [id, name]));
  const offsetsOf = (row: SqlRow, of: string): readonly [number, number] => {
    const [start, end] = (row.offsets instanceof Uint8Array ? floatListOf(row.offsets) : undefined) ?? [];
    if (start === undefined || end === undefined) throw invalid(name, `${of} does not say when it starts and ends`);
    return [start, end];
  };
  const annotations = [...tables.rows("annotations")].map((row) => {
    const filename = names.get(row.recording_id as number) ?? "";
    return annotationOf({ ...row, filename }, ...offsetsOf(row, `annotation ${row.id}`));
  });
  const windows = windowsOf(tables, recordings, offsetsOf);
  return { model, recordings, windows, annotations, vectors: () => vectorsOf(tables, index, windows.ids, model, name) };
}

function withDeployment(row: SqlRow, deployments: ReadonlyMap<unknown, SqlRow>): SqlRow {
  const {
    name: deployment_name = null,
    project = null,
    latitude = null,
    longitude = null,
  } = deployments.get(row.deployment_id) ?? {};
  return { ...row, deployment_name, project, latitude, longitude };
}

function windowsOf(
  tables: TablesFile,
  recordings: readonly StoredRecording[],
  offsetsOf: (row: SqlRow, of: string) => readonly [number, number],
): HopliteContent["windows"] {
  const began = new Map(recordings.map(({ id, utc = Number.NaN }) => [id, utc]));
  const [ids, of, starts, ends, utcs, rms]: number[][] = [[], [], [], [], [], []];
  for (const row of tables.rows("windows")) {
    const [start, end] = offsetsOf(row, `window ${row.id}`);
    ids?.push(row.id as number);
    of?.push(row.recording_id as number);
    starts?.push(start);
    ends?.push(end);
    utcs?.push(number(row.orca_utc) ?? (began.get(row.recording_id as number) ?? Number.NaN) + start * 1000);
    rms?.push(number(row.orca_rms) ?? Number.NaN);
  }
  const array = (values: number[] | undefined) => Float64Array.from(values ?? []);
  return {
    count: ids?.length ?? 0,
    ids: array(ids),
    recordings: array(of),
    starts: array(starts),
    ends: array(ends),
    utcs: array(utcs),
    rms: array(rms),
  };
}

/** Ours stand in a table, exactly; perch-hoplite's in its index. */
function* vectorsOf(
  tables: TablesFile,
  indexFile: FileBytes | undefined,
  ids: Float64Array,
  { dimensions }: CollectionModel,
  name: string,
): Generator<Float32Array<ArrayBuffer>> {
  const own = tables.rows("orca_vectors");
  let next = own.next();
  let others: OtherRows | undefined;
  for (let from = 0; from < ids.length; from += ROWS) {
    const rows = new Float32Array(Math.min(ROWS, ids.length - from) * dimensions);
    for (let at = 0; at < rows.length / dimensions; at++) {
      const id = ids[from + at] as number;
      while (next.done !== true && (next.value.window_id as number) < id) next = own.next();
      const vector = next.done === true || next.value.window_id !== id ? undefined : next.value.vector;
      if (vector instanceof Uint8Array) {
        if (vector.length !== 4 * dimensions)
          throw invalid(name, `the vector of window ${id} has ${vector.length / 4} numbers, not ${dimensions}`);
        rows.set(new Float32Array(vector.buffer, vector.byteOffset, dimensions), at * dimensions);
        continue;
      }
      others ??= new OtherRows(indexFile, dimensions, name);
      others.read(id, rows.subarray(at * dimensions, (at + 1) * dimensions));
    }
    yield rows;
  }
}

/** Rows of usearch.index. */
class OtherRows {
  readonly #file: FileBytes;
  readonly #index: UsearchIndex;
  readonly #name: string;
  readonly #places: ReadonlyMap<number, number>;

  constructor(file: FileBytes | undefined, dimensions: number, name: string) {
    if (file === undefined) throw invalid(name, "its vectors are in usearch.index, which is not there");
    const index = readUsearch(file, dimensions);
    if (typeof index === "string") throw invalid(name, `its usearch.index cannot be read: ${index}`);
    this.#file = file;
    this.#index = index;
    this.#name = name;
    this.#places = new Map([...index.keys].map((key, row) => [key, row]));
  }

  read(id: number, out: Float32Array): void {
    const row = this.#places.get(id);
    if (row === undefined) throw invalid(this.#name, `window ${id} has no vector`);
    const width = 2 * this.#index.dimensions;
    const bytes = this.#file.read(SIZES_BYTES + row * width, width).slice();
    fromFloat16(new Uint16Array(bytes.buffer), out);
  }
}
