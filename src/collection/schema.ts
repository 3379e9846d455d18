import { OrcaError } from "../errors.ts";
import type { Sql, SqlRow, SqlValue } from "./sql.ts";
import type { CollectionModel } from "./types.ts";

/**
 * hoplite's tables, statement by statement as perch-hoplite 1.0 makes them (db/sqlite_usearch_impl.py, _setup_tables): it
 * looks for `windows` and takes what is there as its own.
 */
const HOPLITE = [
  `CREATE TABLE IF NOT EXISTS hoplite_metadata (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS deployments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    project TEXT NOT NULL,
    latitude REAL,
    longitude REAL,
    UNIQUE (name, project)
  )`,
  `CREATE TABLE IF NOT EXISTS recordings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    filename TEXT NOT NULL,
    datetime TEXT,
    deployment_id INTEGER REFERENCES deployments(id) ON DELETE CASCADE,
    UNIQUE (id, deployment_id),
    UNIQUE (filename, deployment_id)
  )`,
  `CREATE TABLE IF NOT EXISTS windows (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recording_id INTEGER NOT NULL REFERENCES recordings(id) ON DELETE CASCADE,
    offsets FLOAT_LIST NOT NULL,
    UNIQUE (id, recording_id, offsets)
  )`,
  `CREATE TABLE IF NOT EXISTS annotations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recording_id INTEGER NOT NULL REFERENCES recordings(id) ON DELETE CASCADE,
    offsets FLOAT_LIST NOT NULL,
    label TEXT NOT NULL,
    label_type INTEGER NOT NULL,
    provenance TEXT NOT NULL,
    UNIQUE (id, recording_id, offsets)
  )`,
  `CREATE INDEX IF NOT EXISTS idx_annotations
    ON annotations(recording_id, offsets, label, label_type, provenance)`,
  "CREATE INDEX IF NOT EXISTS idx_labels ON annotations(label, label_type, provenance)",
  "CREATE INDEX IF NOT EXISTS idx_recordings_deployment_id ON recordings(deployment_id)",
  "CREATE INDEX IF NOT EXISTS idx_windows_recording_id ON windows(recording_id)",
] as const;

/**
 * Vectors as float32, exactly. A table of its own: perch-hoplite reads every column of the windows that it is asked for,
 * and asks nothing of tables that it does not know. What it deletes leaves a vector here without a window.
 */
const VECTORS = `CREATE TABLE IF NOT EXISTS orca_vectors (
  window_id INTEGER PRIMARY KEY,
  vector BLOB NOT NULL
)`;

/** Further columns, of types that perch-hoplite accepts; its own rows leave them empty. */
const COLUMNS: Readonly<Record<"recordings" | "windows" | "annotations", Readonly<Record<string, "REAL" | "TEXT">>>> = {
  // Seconds; bytes and milliseconds since 1970 of the file; JSON.
  recordings: { orca_seconds: "REAL", orca_bytes: "REAL", orca_modified: "REAL", orca_made: "TEXT" },
  // Milliseconds since 1970; full scale is 1.
  windows: { orca_utc: "REAL", orca_rms: "REAL" },
  // ISO 8601; Hz.
  annotations: { orca_when: "TEXT", orca_note: "TEXT", orca_low: "REAL", orca_high: "REAL" },
};

/** What is this project's own in hoplite_metadata. */
const OWN_KEY = "orca_embeddings";
/** Of what stands under that key and in the tables and columns called orca_: a larger one is a newer version's. */
const SCHEMA = 1;

/** Name of the table of a collection's own facts: which columns there are. */
export interface Found {
  readonly model: CollectionModel;
  /** Further columns, ours and others', by table. */
  readonly columns: Readonly<Record<keyof typeof COLUMNS, ReadonlySet<string>>>;
  readonly vectors: boolean;
}

/** What a collection is; undefined where the database has no tables of hoplite's. Throws `collection_invalid`. @param name  the collection's */
export function findSchema(sql: Sql, name: string): Found | undefined {
  const tables = new Set([...sql.rows("SELECT name FROM sqlite_master WHERE type = 'table'")].map(({ name }) => name));
  if (!tables.has("windows") && !tables.has("hoplite_metadata")) return undefined;
  const missing = ["hoplite_metadata", "deployments", "recordings", "windows", "annotations"].filter(
    (table) => !tables.has(table),
  );
  if (missing.length > 0) throw invalid(name, `it has no table ${missing.join(", ")}`);
  const columnsOf = (table: string) =>
    new Set([...sql.rows(`PRAGMA table_info(${table})`)].map((row) => String(row.name)));
  const columns = {
    recordings: columnsOf("recordings"),
    windows: columnsOf("windows"),
    annotations: columnsOf("annotations"),
  };
  const own = sql.first("SELECT value FROM hoplite_metadata WHERE key = ?", OWN_KEY);
  // Without it nobody could tell whether others are of the same weights.
  if (own !== undefined && metadataObject(own.value) === undefined)
    throw invalid(name, `what hoplite_metadata says under ${OWN_KEY} cannot be read`);
  return { model: modelOf((key) => readMetadata(sql, key), name), columns, vectors: tables.has("orca_vectors") };
}

/** Makes what is not there yet of hoplite's tables and of ours. */
export function prepareSchema(sql: Sql): void {
  for (const statement of [...HOPLITE, VECTORS]) sql.run(statement);
  for (const [table, columns] of Object.entries(COLUMNS)) {
    const there = new Set([...sql.rows(`PRAGMA table_info(${table})`)].map((row) => row.name));
    for (const [column, type] of Object.entries(columns))
      if (!there.has(column)) sql.run(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
  }
}

/** Where recordings lie, as hoplite's `audio_sources` says it. */
export interface AudioSource {
  /** What the set of recordings is called. */
  readonly project: string;
  /** The folder that names of recordings are relative to. */
  readonly base: string;
}

export function writeModel(sql: Sql, model: CollectionModel): void {
  const { id, dimensions, rate = null, window } = model;
  // perch_hoplite/db/sqlite_usearch_impl.py, get_default_usearch_config.
  writeMetadata(sql, "usearch_config", {
    embedding_dim: dimensions,
    dtype: "float16",
    metric_name: "IP",
    expansion_add: 256,
    expansion_search: 128,
  });
  writeMetadata(sql, "model_config", {
    model_key: id,
    embedding_dim: dimensions,
    model_config: { sample_rate: rate, window_size_s: window?.seconds ?? null, hop_size_s: window?.hop ?? null },
    logits_key: null,
    logits_idxes: null,
  });
  writeMetadata(sql, OWN_KEY, { schema: SCHEMA, model });
}

export function writeAudioSource(sql: Sql, { project, base }: AudioSource): void {
  const others = readAudioGlobs(sql).filter(({ dataset_name }) => dataset_name !== project);
  const glob = {
    dataset_name: project,
    base_path: base,
    file_glob: "**/*",
    min_audio_len_s: 0,
    target_sample_rate_hz: -2,
    shard_len_s: null,
    max_shards_per_file: null,
  };
  writeMetadata(sql, "audio_sources", { audio_globs: [...others, glob] });
}

export function readAudioSources(sql: Sql): AudioSource[] {
  return readAudioGlobs(sql).flatMap(({ dataset_name, base_path }) =>
    typeof dataset_name === "string" && typeof base_path === "string"
      ? [{ project: dataset_name, base: base_path }]
      : [],
  );
}

function readAudioGlobs(sql: Sql): Readonly<Record<string, unknown>>[] {
  const { audio_globs: globs } = readMetadata(sql, "audio_sources") ?? {};
  return Array.isArray(globs) ? globs.filter((glob) => typeof glob === "object" && glob !== null) : [];
}

export function writeMetadata(sql: Sql, key: string, value: object): void {
  sql.run(
    "INSERT INTO hoplite_metadata (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    key,
    JSON.stringify(value),
  );
}

/** An object of hoplite_metadata; undefined where there is none, or no JSON. */
export function readMetadata(sql: Sql, key: string): Readonly<Record<string, unknown>> | undefined {
  const row: SqlRow | undefined = sql.first("SELECT value FROM hoplite_metadata WHERE key = ?", key);
  return metadataObject(row?.value);
}

/** A value of hoplite_metadata as an object; undefined where it is none. */
export function metadataObject(text: SqlValue | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // The caller says what is missing.
    return undefined;
  }
}

/** What a collection's metadata say of its model. Throws `collection_invalid`. @param metadata  an object of hoplite_metadata by its key */
export function modelOf(
  metadata: (key: string) => Readonly<Record<string, unknown>> | undefined,
  name: string,
): CollectionModel {
  const own = metadata(OWN_KEY);
  if (typeof own?.schema === "number" && own.schema > SCHEMA) {
    throw new OrcaError(
      "collection_invalid",
      `${name} was written by a newer version (form ${own.schema}, and this knows ${SCHEMA}).`,
      {
        hint: "Use that version, or a newer one.",
      },
    );
  }
  const { embedding_dim: dimensions } = metadata("usearch_config") ?? {};
  if (
    typeof dimensions !== "number" ||
    !Number.isSafeInteger(dimensions) ||
    dimensions < 1 ||
    dimensions > MOST_DIMENSIONS
  )
    throw invalid(name, "its metadata do not say how many numbers a vector has (usearch_config)");
  if (typeof own?.model === "object" && own.model !== null) {
    const model = own.model as CollectionModel;
    if (model.dimensions !== dimensions) throw invalid(name, "its metadata contradict themselves about its dimensions");
    return model;
  }
  return { ...foreignModel(metadata("model_config") ?? {}), dimensions };
}

/** More numbers a vector than any net gives. */
const MOST_DIMENSIONS = 1 << 16;

/** What another's model_config says. */
function foreignModel({
  model_key: key,
  model_config: config,
}: Readonly<Record<string, unknown>>): Omit<CollectionModel, "dimensions"> {
  const {
    sample_rate: rate,
    window_size_s: seconds,
    hop_size_s: hop,
  } = (config ?? {}) as Readonly<Record<string, unknown>>;
  return {
    id: typeof key === "string" ? key : "unknown",
    ...(typeof rate === "number" ? { rate } : {}),
    ...(typeof seconds === "number" && typeof hop === "number" ? { window: { seconds, hop } } : {}),
  };
}

export function invalid(name: string, what: string, cause?: unknown): OrcaError {
  return new OrcaError("collection_invalid", `${name} cannot be used: ${what}.`, {
    hint: "It must be a hoplite database, as orca-embed collect and perch-hoplite write them.",
    cause,
  });
}
