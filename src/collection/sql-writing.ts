import { OrcaError } from "../errors.ts";
import { type Annotation, kindNumber, saysTheSame } from "../labels/index.ts";
import { firstNonFinite } from "../records/index.ts";
import { floatList, floatListOf } from "./float-list.ts";
import { isoOf } from "./row-facts.ts";
import type { Sql, SqlValue } from "./sql.ts";
import type { CollectionModel, Deployment, NewWindow, RecordingFacts } from "./types.ts";

/** What is written into hoplite's tables and ours. Whoever calls it has begun a transaction. */
export class SqlWriting {
  readonly #sql: Sql;
  readonly #name: string;
  readonly #model: CollectionModel;

  /** @param name  the collection's, for errors */
  constructor(sql: Sql, name: string, model: CollectionModel) {
    this.#sql = sql;
    this.#name = name;
    this.#model = model;
  }

  putRecording({ name, deployment, utc, seconds, bytes, modified, made }: RecordingFacts): number {
    const deploymentId = deployment === undefined ? null : this.deploymentId(deployment);
    const facts: readonly SqlValue[] = [
      utc === undefined ? null : isoOf(utc),
      seconds ?? null,
      bytes ?? null,
      modified ?? null,
      made === undefined ? null : JSON.stringify(made),
    ];
    const there = this.#sql.first(
      "SELECT id FROM recordings WHERE filename = ? AND deployment_id IS ?",
      name,
      deploymentId,
    );
    if (there !== undefined) {
      this.#sql.run(
        "UPDATE recordings SET datetime = ?, orca_seconds = ?, orca_bytes = ?, orca_modified = ?, orca_made = ? WHERE id = ?",
        ...facts,
        there.id as number,
      );
      return there.id as number;
    }
    const insert = `INSERT INTO recordings (filename, deployment_id, datetime, orca_seconds, orca_bytes, orca_modified, orca_made)
      VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`;
    return this.#sql.first(insert, name, deploymentId, ...facts)?.id as number;
  }

  deploymentId({ name, project, latitude, longitude }: Deployment): number {
    this.#sql.run(
      `INSERT INTO deployments (name, project, latitude, longitude) VALUES (?, ?, ?, ?)
      ON CONFLICT (name, project) DO UPDATE SET
        latitude = coalesce(excluded.latitude, latitude), longitude = coalesce(excluded.longitude, longitude)`,
      name,
      project,
      latitude ?? null,
      longitude ?? null,
    );
    return this.#sql.first("SELECT id FROM deployments WHERE name = ? AND project = ?", name, project)?.id as number;
  }

  insert(recordingId: number, of: string, windows: Iterable<NewWindow>): void {
    const insert = "INSERT INTO windows (recording_id, offsets, orca_utc, orca_rms) VALUES (?, ?, ?, ?) RETURNING id";
    for (const { start, end, utc, rms, vector } of windows) {
      this.#checkVector(vector, of, start);
      const id = this.#sql.first(insert, recordingId, floatList(start, end), utc ?? null, rms ?? null)?.id as number;
      const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
      this.#sql.run("INSERT INTO orca_vectors (window_id, vector) VALUES (?, ?)", id, bytes);
    }
  }

  #checkVector(vector: Float32Array, of: string, start: number): void {
    const { dimensions } = this.#model;
    const bad = firstNonFinite(vector);
    if (vector.length === dimensions && bad === -1) return;
    const what =
      bad === -1
        ? `has ${vector.length} numbers, and those of ${this.#name} have ${dimensions}`
        : `is ${vector[bad]} at ${bad}`;
    throw new OrcaError("bad_option", `The vector of ${of} at ${start} s ${what}.`, {
      hint: "Vectors of two nets cannot be compared, and those with NaN or infinity with none.",
    });
  }

  recordingId(name: string): number {
    const [first, second] = this.#sql.rows("SELECT id FROM recordings WHERE filename = ? LIMIT 2", name);
    if (first !== undefined && second === undefined) return first.id as number;
    const what = first === undefined ? "has no recording" : "has several recordings called";
    throw new OrcaError("bad_option", `${this.#name} ${what} ${name}.`, { field: "labels" });
  }

  isKnown(recordingId: number, annotation: Annotation): boolean {
    const { label, kind, by } = annotation;
    const same = this.#sql.rows(
      "SELECT offsets FROM annotations WHERE recording_id = ? AND label = ? AND label_type = ? AND provenance = ?",
      recordingId,
      label,
      kindNumber(kind),
      by,
    );
    return [...same].some(({ offsets }) => {
      const [start, end] = (offsets instanceof Uint8Array ? floatListOf(offsets) : undefined) ?? [];
      return start !== undefined && end !== undefined && saysTheSame({ ...annotation, start, end }, annotation);
    });
  }

  insertAnnotation(recordingId: number, annotation: Annotation): void {
    const { start, end, label, kind, by, when = null, note = null, low = null, high = null } = annotation;
    this.#sql.run(
      `INSERT INTO annotations (recording_id, offsets, label, label_type, provenance, orca_when, orca_note, orca_low, orca_high)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      recordingId,
      floatList(start, end),
      label,
      kindNumber(kind),
      by,
      when,
      note,
      low,
      high,
    );
  }
}
