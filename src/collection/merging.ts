import { OrcaError } from "../errors.ts";
import { readAudioSources, readMetadata, writeAudioSource, writeMetadata } from "./schema.ts";
import { number, type Sql, type SqlRow, textOf } from "./sql.ts";
import { columnsOf, insertInto, LINKS, quoted, TABLES, type Table, valuesOf } from "./table-columns.ts";
import { type LyingCollection, sameWindows, vectorsFrom } from "./window-vectors.ts";

/** A collection that is taken into another. */
export interface MergedPart extends LyingCollection {
  /** What it calls a set of recordings, as the merged collection calls it. */
  project(name: string): string;
}

/** What came of one part. */
export interface MergedCounts {
  recordings: number;
  windows: number;
  annotations: number;
  /** Recordings that were there already, with the same windows. */
  known: number;
  /** Names of recordings that were there with other windows, of an earlier state of their file. */
  newer: string[];
}

/** Where recordings of the parts are in the merged collection, while it is made. */
const PLACES = `CREATE TABLE IF NOT EXISTS orca_merging (
  part INTEGER NOT NULL,
  old INTEGER NOT NULL,
  recording INTEGER NOT NULL,
  take INTEGER NOT NULL,
  shared INTEGER NOT NULL,
  PRIMARY KEY (part, old)
)`;
const BY_RECORDING = "CREATE INDEX IF NOT EXISTS idx_orca_merging ON orca_merging(recording)";

/** How far a merge is; kept with what it has written. */
const KEY = "orca_merging";
/** Which collections were taken in, as they were. */
const MERGED = "orca_merged";
/** Metadata that are no part's own. */
const OURS = new Set([KEY, MERGED, "orca_codes", "orca_embeddings", "usearch_config", "model_config", "audio_sources"]);

/** Windows that are written at once. */
const ROWS = 2048;
/** Ids are kept as u32 by codes and copies. */
const MOST_WINDOWS = 2 ** 32 - 1;

/**
 * Takes collections into one whose tables are prepared. Each step is a transaction, and says how far it is, so a merge that was
 * killed goes on. Throws `bad_option` where two parts have a recording with other windows and nothing says which is newer,
 * `collection_invalid` for what is damaged.
 * @param states  what each part is now: a merge of other parts does not go on with this one
 */
export async function mergeInto(
  target: LyingCollection,
  parts: readonly MergedPart[],
  states: readonly object[],
  pause: () => Promise<void>,
): Promise<MergedCounts[]> {
  const merging = new Merging(target, parts, states);
  merging.begin();
  await pause();
  for (const part of parts.keys()) while (merging.windows(part)) await pause();
  for (const part of parts.keys()) while (merging.annotations(part)) await pause();
  return merging.end();
}

/** Whether a merge of parts in these states was begun and not ended here. */
export const isBegun = (sql: Sql, states: readonly object[]) =>
  JSON.stringify(readMetadata(sql, KEY)?.states) === JSON.stringify(states);

/** Whether parts in these states have been taken in. */
export function isMerged(sql: Sql, states: readonly object[]): boolean {
  const { states: had } = readMetadata(sql, MERGED) ?? {};
  const known = new Set(Array.isArray(had) ? had.map((one) => JSON.stringify(one)) : []);
  return states.every((state) => known.has(JSON.stringify(state)));
}

/** What came of each part of the last merge. */
export const mergedCounts = (sql: Sql) => readMetadata(sql, MERGED)?.counts as MergedCounts[];

interface Progress {
  readonly states: readonly object[];
  readonly counts: MergedCounts[];
  /** The last id of each part that was taken. */
  readonly windows: number[];
  readonly annotations: number[];
}

class Merging {
  readonly #target: LyingCollection;
  readonly #sql: Sql;
  readonly #parts: readonly MergedPart[];
  readonly #columns: readonly Readonly<Record<Table, readonly string[]>>[];
  #progress: Progress;
  /** The place of the recording that was asked for last. */
  #last: { readonly part: number; readonly old: number; readonly place: SqlRow | undefined } | undefined;

  constructor(target: LyingCollection, parts: readonly MergedPart[], states: readonly object[]) {
    this.#target = target;
    this.#sql = target.sql;
    this.#parts = parts;
    this.#columns = parts.map(({ sql }) => columnsOf(sql));
    this.#progress = {
      states,
      counts: parts.map(() => ({ recordings: 0, windows: 0, annotations: 0, known: 0, newer: [] })),
      windows: parts.map(() => 0),
      annotations: parts.map(() => 0),
    };
  }

  /** Deployments and recordings of all parts; or takes up what was begun. */
  begin(): void {
    if (isBegun(this.#sql, this.#progress.states)) {
      this.#progress = readMetadata(this.#sql, KEY) as unknown as Progress;
      return;
    }
    this.#sql.transaction(() => {
      this.#sql.run(PLACES);
      this.#sql.run(BY_RECORDING);
      this.#checkRoom();
      for (const part of this.#parts.keys()) {
        this.#addColumns(part);
        this.#takeFacts(part);
        this.#takeRecordings(part, this.#takeDeployments(part));
      }
      this.#keep();
    });
  }

  /** Some windows of a part; false where there are no more. */
  windows(at: number): boolean {
    const part = this.#parts[at] as MergedPart;
    const columns = this.#columns[at]?.windows ?? [];
    const counts = this.#progress.counts[at] as MergedCounts;
    return this.#sql.transaction(() => {
      let read = 0;
      const insert = insertInto("windows", ["recording_id", ...columns]);
      const after = this.#progress.windows[at] as number;
      for (const { id, row, vector } of vectorsFrom(part, { after, most: ROWS })) {
        read++;
        this.#progress.windows[at] = id;
        const place = this.#placeOf(at, row.recording_id as number);
        // A window whose recording is gone, as perch-hoplite may leave it, has no place.
        if (place?.take !== 1) continue;
        const made = this.#sql.first(insert, place.recording as number, ...valuesOf(row, columns))?.id as number;
        this.#sql.run("INSERT INTO orca_vectors (window_id, vector) VALUES (?, ?)", made, vector);
        counts.windows++;
      }
      if (read > 0) this.#keep();
      return read === ROWS;
    });
  }

  /** Some annotations of a part; false where there are no more. */
  annotations(at: number): boolean {
    const { sql } = this.#parts[at] as MergedPart;
    const columns = this.#columns[at]?.annotations ?? [];
    const counts = this.#progress.counts[at] as MergedCounts;
    return this.#sql.transaction(() => {
      const after = this.#progress.annotations[at] as number;
      const rows = [...sql.rows("SELECT * FROM annotations WHERE id > ? ORDER BY id LIMIT ?", after, ROWS)];
      const insert = insertInto("annotations", ["recording_id", ...columns]);
      for (const row of rows) {
        this.#progress.annotations[at] = row.id as number;
        const place = this.#placeOf(at, row.recording_id as number);
        if (place === undefined || (place.shared === 1 && this.#isSaid(place.recording as number, row))) continue;
        this.#sql.first(insert, place.recording as number, ...valuesOf(row, columns));
        counts.annotations++;
      }
      if (rows.length > 0) this.#keep();
      return rows.length === ROWS;
    });
  }

  end(): MergedCounts[] {
    this.#sql.transaction(() => {
      this.#sql.run("DROP TABLE orca_merging");
      this.#sql.run("DELETE FROM hoplite_metadata WHERE key = ?", KEY);
      const { states: had } = readMetadata(this.#sql, MERGED) ?? {};
      const { states, counts } = this.#progress;
      writeMetadata(this.#sql, MERGED, { states: [...(Array.isArray(had) ? had : []), ...states], counts });
    });
    return this.#progress.counts;
  }

  #keep(): void {
    writeMetadata(this.#sql, KEY, this.#progress);
  }

  #checkRoom(): void {
    const largest = (sql: Sql) => number(sql.first("SELECT max(id) AS n FROM windows")?.n) ?? 0;
    const windows = [this.#sql, ...this.#parts.map(({ sql }) => sql)].reduce((sum, sql) => sum + largest(sql), 0);
    if (windows <= MOST_WINDOWS) return;
    throw new OrcaError("bad_option", `Together they have ${windows} windows; a collection takes ${MOST_WINDOWS}.`, {
      hint: "Merge those of a station or a year: a search over all of it asks each in turn.",
    });
  }

  /** Columns of others than us are kept too. */
  #addColumns(at: number): void {
    const { sql } = this.#parts[at] as MergedPart;
    for (const table of TABLES) {
      const there = new Set(columnsOf(this.#sql)[table]);
      for (const { name, type } of sql.rows(`PRAGMA table_info(${table})`))
        if (name !== "id" && !there.has(String(name)) && !LINKS.has(String(name)))
          this.#sql.run(`ALTER TABLE ${table} ADD COLUMN ${quoted(String(name))} ${quoted(String(type))}`);
    }
  }

  /** Where recordings lie, and what others keep beside the tables: of two parts the first's. */
  #takeFacts(at: number): void {
    const { sql, name, project } = this.#parts[at] as MergedPart;
    const had = readAudioSources(this.#sql);
    for (const source of readAudioSources(sql).map(({ project: own, base }) => ({ project: project(own), base }))) {
      const other = had.find((one) => one.project === source.project && one.base !== source.base);
      if (other !== undefined)
        throw new OrcaError(
          "bad_option",
          `${name} has recordings of ${source.project} in ${source.base}, and others have them in ${other.base}.`,
          { field: "project", hint: "Merge it alone with another --project first, then the two." },
        );
      writeAudioSource(this.#sql, source);
    }
    for (const { key, value } of sql.rows("SELECT key, value FROM hoplite_metadata"))
      if (!OURS.has(String(key)))
        this.#sql.run("INSERT OR IGNORE INTO hoplite_metadata (key, value) VALUES (?, ?)", String(key), String(value));
  }

  #takeDeployments(at: number): Map<number, number> {
    const { sql, project } = this.#parts[at] as MergedPart;
    const columns = this.#columns[at]?.deployments ?? [];
    const places = new Map<number, number>();
    for (const row of sql.rows("SELECT * FROM deployments ORDER BY id")) {
      const own = { ...row, project: project(textOf(row.project) ?? "") };
      const there = this.#sql.first(
        "SELECT id FROM deployments WHERE name = ? AND project = ?",
        row.name ?? "",
        own.project,
      );
      const id = there?.id ?? this.#sql.first(insertInto("deployments", columns), ...valuesOf(own, columns))?.id;
      places.set(row.id as number, id as number);
      // Where it lies may be known to one part only.
      if (there !== undefined)
        this.#sql.run(
          "UPDATE deployments SET latitude = coalesce(latitude, ?), longitude = coalesce(longitude, ?) WHERE id = ?",
          row.latitude ?? null,
          row.longitude ?? null,
          id as number,
        );
    }
    return places;
  }

  #takeRecordings(at: number, deployments: ReadonlyMap<number, number>): void {
    const { sql } = this.#parts[at] as MergedPart;
    const columns = this.#columns[at]?.recordings ?? [];
    const counts = this.#progress.counts[at] as MergedCounts;
    const insert = insertInto("recordings", ["deployment_id", ...columns]);
    for (const row of sql.rows("SELECT * FROM recordings ORDER BY id")) {
      const deployment = deployments.get(row.deployment_id as number) ?? null;
      const there = this.#sql.first(
        "SELECT * FROM recordings WHERE filename = ? AND deployment_id IS ?",
        row.filename ?? "",
        deployment,
      );
      const from = there && this.#sql.first(FROM, there.id as number);
      // One without a deployment may stand in a part twice, and is kept as it is.
      if (there === undefined || from?.part === at) {
        const id = this.#sql.first(insert, deployment, ...valuesOf(row, columns))?.id as number;
        this.#place(at, row, id, 1, 0);
        counts.recordings++;
      } else this.#takeAgain(at, row, there, from);
    }
  }

  /** A recording that is there: the same windows count once, and of two states of its file the later one. */
  #takeAgain(at: number, row: SqlRow, there: SqlRow, from: SqlRow | undefined): void {
    const part = this.#parts[at] as MergedPart;
    const counts = this.#progress.counts[at] as MergedCounts;
    const id = there.id as number;
    const had = from === undefined ? this.#target : (this.#parts[from.part as number] as MergedPart);
    const same = sameWindows(part, row.id as number, had, from === undefined ? id : (from.old as number));
    if (same) {
      counts.known++;
      this.#place(at, row, id, 0, 1);
      return;
    }
    const [before, now] = [number(there.orca_modified), number(row.orca_modified)];
    const file = textOf(row.filename) ?? "";
    if (before === undefined || now === undefined || before === now)
      throw new OrcaError(
        "bad_option",
        `${file} has other windows in ${part.name} than in ${had.name}, and nothing says which are newer.`,
        { hint: "Collect it again with --redo in one of them, with the file as it is in the other." },
      );
    if (now < before) {
      this.#place(at, row, id, 0, 1);
      return;
    }
    counts.newer.push(file);
    if (from === undefined) {
      this.#sql.run("DELETE FROM orca_vectors WHERE window_id IN (SELECT id FROM windows WHERE recording_id = ?)", id);
      this.#sql.run("DELETE FROM windows WHERE recording_id = ?", id);
    } else this.#sql.run("UPDATE orca_merging SET take = 0 WHERE recording = ?", id);
    const facts = (this.#columns[at]?.recordings ?? []).filter((column) => column !== "filename");
    const set = facts.map((column) => `${quoted(column)} = ?`).join(", ");
    this.#sql.run(`UPDATE recordings SET ${set} WHERE id = ?`, ...valuesOf(row, facts), id);
    this.#place(at, row, id, 1, 1);
  }

  #place(part: number, row: SqlRow, recording: number, take: 0 | 1, shared: 0 | 1): void {
    this.#sql.run(
      "INSERT INTO orca_merging (part, old, recording, take, shared) VALUES (?, ?, ?, ?, ?)",
      part,
      row.id as number,
      recording,
      take,
      shared,
    );
  }

  #placeOf(part: number, old: number): SqlRow | undefined {
    if (this.#last?.part !== part || this.#last.old !== old) {
      const place = this.#sql.first("SELECT * FROM orca_merging WHERE part = ? AND old = ?", part, old);
      this.#last = { part, old, place };
    }
    return this.#last.place;
  }

  #isSaid(recording: number, { offsets, label, label_type: type, provenance }: SqlRow): boolean {
    const said = this.#sql.first(
      `SELECT id FROM annotations
       WHERE recording_id = ? AND offsets = ? AND label = ? AND label_type = ? AND provenance = ?`,
      recording,
      ...[offsets, label, type, provenance].map((value) => value ?? null),
    );
    return said !== undefined;
  }
}

/** Where a recording's windows come from; nowhere where they were there before. */
const FROM = "SELECT part, old FROM orca_merging WHERE recording = ? AND take = 1";
