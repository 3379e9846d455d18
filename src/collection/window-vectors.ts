import { OrcaError } from "../errors.ts";
import { invalid } from "./schema.ts";
import type { Sql, SqlRow } from "./sql.ts";
import type { OtherVectors } from "./types.ts";

/** A window's row as it lies in its table, with its vector's bytes (float32). */
export interface VectorRow {
  readonly id: number;
  readonly row: SqlRow;
  readonly vector: Uint8Array;
}

/** Windows in the order of their ids: some behind one, or those of a recording. Throws `collection_invalid`. */
export function* vectorsFrom(
  { name, sql, others, dimensions }: LyingCollection,
  which: { readonly after: number; readonly most: number } | { readonly recording: number },
): Generator<VectorRow> {
  const ours = sql.first("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'orca_vectors'") !== undefined;
  const select = ours
    ? "SELECT w.*, v.vector AS orca_vector FROM windows w LEFT JOIN orca_vectors v ON v.window_id = w.id"
    : "SELECT w.*, NULL AS orca_vector FROM windows w";
  const rows =
    "recording" in which
      ? sql.rows(`${select} WHERE w.recording_id = ? ORDER BY w.id`, which.recording)
      : sql.rows(`${select} WHERE w.id > ? ORDER BY w.id LIMIT ?`, which.after, which.most);
  for (const { orca_vector: kept, ...row } of rows) {
    const id = row.id as number;
    yield { id, row, vector: kept instanceof Uint8Array ? checked(kept, id) : asked(id) };
  }

  function checked(vector: Uint8Array, id: number): Uint8Array {
    if (vector.length === dimensions * 4) return vector;
    throw invalid(name, `the vector of window ${id} has ${vector.length / 4} numbers, not ${dimensions}`);
  }

  function asked(id: number): Uint8Array {
    const vector = new Float32Array(dimensions);
    if (others.read(id, vector, 0)) return new Uint8Array(vector.buffer);
    throw new OrcaError("collection_invalid", `${name}: window ${id} has no vector.`, {
      hint: "perch-hoplite keeps them in usearch.index, which must lie beside hoplite.sqlite.",
    });
  }
}

/** A collection as it lies: its name for errors, its tables, and the vectors that perch-hoplite added. */
export interface LyingCollection {
  readonly name: string;
  readonly sql: Sql;
  readonly others: OtherVectors;
  /** Numbers of a vector. */
  readonly dimensions: number;
}

/** Whether a recording of each has the same windows, to the bit. */
export function sameWindows(
  a: LyingCollection,
  recordingOfA: number,
  b: LyingCollection,
  recordingOfB: number,
): boolean {
  const [one, other] = [windows(a, recordingOfA), windows(b, recordingOfB)];
  try {
    for (;;) {
      const [x, y] = [one.next(), other.next()];
      if (x.done === true || y.done === true) return x.done === y.done;
      const [p, q] = [x.value, y.value];
      if (!sameBytes(p.row.offsets, q.row.offsets) || !sameBytes(p.vector, q.vector)) return false;
      if ((p.row.orca_utc ?? null) !== (q.row.orca_utc ?? null)) return false;
    }
  } finally {
    one.return(undefined);
    other.return(undefined);
  }
}

const windows = (collection: LyingCollection, recording: number) => vectorsFrom(collection, { recording });

function sameBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.length !== b.length) return false;
  return a.every((value, at) => value === b[at]);
}
