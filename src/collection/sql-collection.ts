import { OrcaError } from "../errors.ts";
import { type Annotation, checkAnnotation, isLabelOf } from "../labels/index.ts";
import { FillingBlock } from "./filling-block.ts";
import { floatListOf } from "./float-list.ts";
import { annotationOf, deploymentOf, recordingOf, utcOf } from "./row-facts.ts";
import { rowTest, type WindowRow } from "./row-test.ts";
import { type Found, findSchema, invalid, prepareSchema, writeModel } from "./schema.ts";
import { number, type Sql, type SqlRow, type SqlValue, textOf } from "./sql.ts";
import { SqlWriting } from "./sql-writing.ts";
import type {
  AnnotationFilter,
  BlockOptions,
  CollectionModel,
  Counts,
  Deployment,
  NewWindow,
  OtherVectors,
  RecordingFacts,
  StoredAnnotation,
  StoredRecording,
  WindowBlock,
  WritableCollection,
} from "./types.ts";

export interface SqlCollectionOptions {
  /** What it is called in errors. */
  readonly name: string;
  readonly others?: OtherVectors | undefined;
}

/** Windows of a block, where nobody asks for another number: 4 MB of vectors of 1024 numbers. */
const BLOCK = 1024;

/** Windows that are asked for at once by their ids: a Durable Object binds a hundred values. */
const AT_ONCE = 64;
const ASKED = Array.from({ length: AT_ONCE }, () => "?").join(", ");

/** A collection in SQLite, in hoplite's form. */
export class SqlCollection implements WritableCollection {
  readonly model: CollectionModel;
  readonly #sql: Sql;
  readonly #found: Found;
  readonly #name: string;
  readonly #others: OtherVectors | undefined;
  readonly #writing: SqlWriting;

  private constructor(sql: Sql, found: Found, { name, others }: SqlCollectionOptions) {
    this.#sql = sql;
    this.#found = found;
    this.#name = name;
    this.#others = others;
    this.model = found.model;
    this.#writing = new SqlWriting(sql, name, found.model);
  }

  /** Reads what is there, and changes nothing. Throws `collection_invalid`. */
  static open(sql: Sql, options: SqlCollectionOptions): SqlCollection {
    const found = findSchema(sql, options.name);
    if (found === undefined) throw invalid(options.name, "it has no tables of a collection");
    return new SqlCollection(sql, found, options);
  }

  /**
   * Opens it for writing: makes it where it is not there, and adds the tables and columns that ours need to one that others
   * wrote.
   * @param model  of one that is made; it is not held against one that is there
   */
  static prepare(sql: Sql, options: SqlCollectionOptions, model?: CollectionModel): SqlCollection {
    sql.transaction(() => {
      const found = findSchema(sql, options.name);
      if (found === undefined && model === undefined) throw invalid(options.name, "it has no tables of a collection");
      prepareSchema(sql);
      if (found === undefined && model !== undefined) writeModel(sql, model);
    });
    return SqlCollection.open(sql, options);
  }

  async counts(): Promise<Counts> {
    const count = (table: string) => number(this.#sql.first(`SELECT count(*) AS n FROM ${table}`)?.n) ?? 0;
    return {
      deployments: count("deployments"),
      recordings: count("recordings"),
      windows: count("windows"),
      annotations: count("annotations"),
    };
  }

  async deployments(): Promise<readonly Deployment[]> {
    return [...this.#sql.rows("SELECT * FROM deployments ORDER BY id")].map(deploymentOf);
  }

  async *recordings(): AsyncGenerator<StoredRecording> {
    for (let after = 0; ; ) {
      const rows = [...this.#sql.rows(`${RECORDINGS} WHERE r.id > ? ORDER BY r.id LIMIT ?`, after, BLOCK)];
      for (const row of rows) yield recordingOf(row);
      if (rows.length < BLOCK) return;
      after = number(rows.at(-1)?.id) ?? 0;
    }
  }

  async recording(id: number): Promise<StoredRecording | undefined> {
    const row = this.#sql.first(`${RECORDINGS} WHERE r.id = ?`, id);
    return row === undefined ? undefined : recordingOf(row);
  }

  async *blocks({ filter, vectors = true, size = BLOCK, after = 0 }: BlockOptions = {}): AsyncGenerator<WindowBlock> {
    const starts = this.#starts();
    const passes = filter === undefined ? undefined : await this.#test(filter);
    const select = this.#selectWindows(vectors && passes === undefined);
    let last = after;
    let filling = this.#newBlock(size, vectors);
    for (;;) {
      let read = 0;
      for (const row of this.#sql.rows(`${select} WHERE w.id > ? ORDER BY w.id LIMIT ?`, last, size)) {
        read++;
        last = row.id as number;
        const window = this.#windowOf(row, starts);
        if (passes !== undefined && !passes(window)) continue;
        filling.take(window, vectors ? this.#vectorOf(row) : undefined);
        if (filling.count < size) continue;
        yield filling.block();
        filling = this.#newBlock(size, vectors);
      }
      if (read < size) break;
      // A filter may pass few windows of many: others are let to work meanwhile.
      if (passes !== undefined) await new Promise((resolve) => setTimeout(resolve));
    }
    if (filling.count > 0) yield filling.block();
  }

  async windows(ids: ArrayLike<number>, vectors = true): Promise<WindowBlock> {
    const starts = this.#starts();
    const select = `${this.#selectWindows(vectors)} WHERE w.id IN (${ASKED})`;
    const wanted = Array.from(ids);
    const block = this.#newBlock(wanted.length, vectors);
    for (let first = 0; first < wanted.length; first += AT_ONCE) {
      const some = wanted.slice(first, first + AT_ONCE);
      // One statement for all: no window has the number 0.
      const asked = Array.from({ length: AT_ONCE }, (_, at) => some[at] ?? 0);
      const found = new Map([...this.#sql.rows(select, ...asked)].map((row) => [row.id, row]));
      for (const id of some) {
        const row = found.get(id);
        if (row !== undefined) block.take(this.#windowOf(row, starts), vectors ? this.#vectorOf(row) : undefined);
      }
    }
    return block.block();
  }

  async *annotations({ recording, labels, by }: AnnotationFilter = {}): AsyncGenerator<StoredAnnotation> {
    for (let after = 0; ; ) {
      const rows = [...this.#sql.rows(`${ANNOTATIONS} WHERE a.id > ? ORDER BY a.id LIMIT ?`, after, BLOCK)];
      for (const row of rows) {
        const annotation = this.#annotationOf(row);
        if (recording !== undefined && annotation.recording !== recording) continue;
        if (by !== undefined && annotation.by !== by) continue;
        if (labels !== undefined && !labels.some((of) => isLabelOf(annotation.label, of))) continue;
        yield annotation;
      }
      if (rows.length < BLOCK) return;
      after = number(rows.at(-1)?.id) ?? 0;
    }
  }

  async put(recording: RecordingFacts, windows: Iterable<NewWindow>): Promise<number> {
    return this.#sql.transaction(() => {
      const id = this.#writing.putRecording(recording);
      this.#sql.run("DELETE FROM orca_vectors WHERE window_id IN (SELECT id FROM windows WHERE recording_id = ?)", id);
      this.#sql.run("DELETE FROM windows WHERE recording_id = ?", id);
      this.#writing.insert(id, recording.name, windows);
      return id;
    });
  }

  async extend(recordingId: number, windows: Iterable<NewWindow>, facts?: RecordingFacts): Promise<void> {
    this.#sql.transaction(() => {
      if (facts !== undefined) this.#writing.putRecording(facts);
      this.#writing.insert(recordingId, facts?.name ?? `recording ${recordingId}`, windows);
    });
  }

  async annotate(annotations: Iterable<Annotation>): Promise<{ readonly added: number; readonly known: number }> {
    return this.#sql.transaction(() => {
      const ids = new Map<string, number>();
      let [added, known] = [0, 0];
      for (const annotation of annotations) {
        checkAnnotation(annotation);
        const { recording } = annotation;
        const id = ids.get(recording) ?? this.#writing.recordingId(recording);
        ids.set(recording, id);
        if (this.#writing.isKnown(id, annotation)) known++;
        else {
          this.#writing.insertAnnotation(id, annotation);
          added++;
        }
      }
      return { added, known };
    });
  }

  async removeAnnotations(ids: Iterable<number>): Promise<number> {
    return this.#sql.transaction(() => {
      let removed = 0;
      for (const id of ids) {
        if (this.#sql.first("SELECT 1 FROM annotations WHERE id = ?", id) === undefined) continue;
        this.#sql.run("DELETE FROM annotations WHERE id = ?", id);
        removed++;
      }
      return removed;
    });
  }

  async putDeployment(deployment: Deployment): Promise<void> {
    this.#sql.transaction(() => this.#writing.deploymentId(deployment));
  }

  async close(): Promise<void> {
    // Whoever opened the database closes it.
  }

  #newBlock(size: number, vectors: boolean): FillingBlock {
    return new FillingBlock(size, vectors ? this.model.dimensions : 0, (id) => this.#noVector(id), this.#others);
  }

  #selectWindows(vectors: boolean): string {
    const has = (column: string) => (this.#found.columns.windows.has(column) ? `w.${column}` : `NULL AS ${column}`);
    const columns = `SELECT w.id, w.recording_id, w.offsets, ${has("orca_utc")}, ${has("orca_rms")}`;
    return vectors && this.#found.vectors
      ? `${columns}, v.vector FROM windows w LEFT JOIN orca_vectors v ON v.window_id = w.id`
      : `${columns} FROM windows w`;
  }

  #windowOf(row: SqlRow, starts: ReadonlyMap<number, number>): WindowRow & { readonly id: number } {
    const id = row.id as number;
    const recordingId = row.recording_id as number;
    const [start, end] = this.#offsets(row.offsets, `window ${id}`);
    const utc = number(row.orca_utc) ?? (starts.get(recordingId) ?? Number.NaN) + start * 1000;
    return { id, recordingId, start, end, utc, rms: number(row.orca_rms) ?? Number.NaN };
  }

  /** Undefined where it is none of ours: what hoplite keeps of it is asked for later. */
  #vectorOf(row: SqlRow): Uint8Array | undefined {
    let { vector } = row;
    // A window that passed a filter, whose vector was not read before.
    if (vector === undefined && this.#found.vectors)
      vector = this.#sql.first("SELECT vector FROM orca_vectors WHERE window_id = ?", row.id as number)?.vector;
    if (!(vector instanceof Uint8Array)) return undefined;
    if (vector.length === this.model.dimensions * 4) return vector;
    throw invalid(
      this.#name,
      `the vector of window ${row.id} has ${vector.length / 4} numbers, not ${this.model.dimensions}`,
    );
  }

  #noVector(id: number): OrcaError {
    return new OrcaError("collection_invalid", `${this.#name}: window ${id} has no vector.`, {
      hint: "perch-hoplite keeps them in usearch.index, which must lie beside hoplite.sqlite.",
    });
  }

  #offsets(value: SqlValue | undefined, of: string): readonly [number, number] {
    const offsets = value instanceof Uint8Array ? floatListOf(value) : undefined;
    const [start, end] = offsets ?? [];
    if (Number.isFinite(start) && Number.isFinite(end)) return [start as number, end as number];
    throw invalid(this.#name, `${of} does not say when it starts and ends`);
  }

  /** When recordings began, by their ids, where that is known. */
  #starts(): Map<number, number> {
    const starts = new Map<number, number>();
    for (const row of this.#sql.rows("SELECT id, datetime FROM recordings WHERE datetime IS NOT NULL")) {
      const utc = utcOf(textOf(row.datetime));
      if (utc !== undefined) starts.set(row.id as number, utc);
    }
    return starts;
  }

  async #test(filter: NonNullable<BlockOptions["filter"]>) {
    const annotations: StoredAnnotation[] = [];
    if (filter.labels !== undefined || filter.unlabelled === true)
      for await (const annotation of this.annotations()) annotations.push(annotation);
    const recordings: StoredRecording[] = [];
    for await (const recording of this.recordings()) recordings.push(recording);
    return rowTest(filter, recordings, annotations);
  }

  #annotationOf(row: SqlRow): StoredAnnotation {
    const [start, end] = this.#offsets(row.offsets, `annotation ${row.id}`);
    return annotationOf(row, start, end);
  }
}

const RECORDINGS = `SELECT r.*, d.name AS deployment_name, d.project, d.latitude, d.longitude
  FROM recordings r LEFT JOIN deployments d ON d.id = r.deployment_id`;
const ANNOTATIONS = "SELECT a.*, r.filename FROM annotations a JOIN recordings r ON r.id = a.recording_id";
