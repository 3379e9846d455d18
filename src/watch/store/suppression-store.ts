import type { Sql } from "../../collection/index.ts";
import { joinFloats } from "../../join.ts";
import type { WatchEvent } from "../event.ts";

/** Confirmed events of a hydrophone that rules are held against. */
const MOST_EXAMPLES = 200;

/** What was rejected, as a rule: what sounds like it is kept, and not told. */
export interface Suppression {
  readonly name: string;
  readonly hydrophone: string;
  /** The model and variant whose embeddings it is of. */
  readonly model: string;
  /** Unit vector. */
  readonly centre: Float32Array;
  /** Cosine from which a window sounds like it. */
  readonly nearest: number;
  /** The id of the event that was rejected. */
  readonly event: string;
  /** ms since 1970. */
  readonly created: number;
  /** Since when it does not hold any more. */
  readonly undone: number | undefined;
}

/** Rules that rejected events have made, in the tables of an EventStore. */
export class SuppressionStore {
  readonly #sql: Sql;
  /** Grows with each change, so that who holds rules sees that there are others. */
  revision = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  add({ name, hydrophone, model, centre, nearest, event, created }: Omit<Suppression, "undone">): void {
    const bytes = new Uint8Array(centre.buffer, centre.byteOffset, centre.byteLength);
    this.#sql.run(
      `INSERT OR REPLACE INTO watch_suppressions (name, hydrophone, model, centre, nearest, event, created)
        VALUES (?, ?, ?, ?, ?, ?, ?)`,
      name,
      hydrophone,
      model,
      bytes,
      nearest,
      event,
      created,
    );
    this.revision++;
  }

  /** Of a hydrophone, the newest first. */
  list(hydrophone: string): Suppression[] {
    const rows = this.#sql.rows(
      "SELECT * FROM watch_suppressions WHERE hydrophone = ? ORDER BY created DESC, name",
      hydrophone,
    );
    return Array.from(rows, (row) => ({
      name: String(row.name),
      hydrophone,
      model: String(row.model),
      centre: new Float32Array((row.centre as Uint8Array).slice().buffer),
      nearest: Number(row.nearest),
      event: String(row.event),
      created: Number(row.created),
      undone: typeof row.undone === "number" ? row.undone : undefined,
    }));
  }

  /** Windows of a confirmed event: no rule may take them for what was rejected. */
  keepExample({ id, hydrophone }: WatchEvent, model: string, vectors: Float32Array): void {
    const bytes = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
    this.#sql.run(
      "INSERT OR REPLACE INTO watch_examples (event, hydrophone, model, vectors, created) VALUES (?, ?, ?, ?, ?)",
      id,
      hydrophone,
      model,
      bytes,
      Date.now(),
    );
  }

  /** The windows of the events of a hydrophone that were confirmed last. */
  examples(hydrophone: string, model: string): Float32Array {
    const rows = this.#sql.rows(
      "SELECT vectors FROM watch_examples WHERE hydrophone = ? AND model = ? ORDER BY created DESC LIMIT ?",
      hydrophone,
      model,
      MOST_EXAMPLES,
    );
    return joinFloats(Array.from(rows, ({ vectors }) => new Float32Array((vectors as Uint8Array).slice().buffer)));
  }

  /** @returns whether there was such a rule, and it held */
  undo(hydrophone: string, name: string, now: number): boolean {
    const held = this.list(hydrophone).some((one) => one.name === name && one.undone === undefined);
    if (held) this.#sql.run("UPDATE watch_suppressions SET undone = ? WHERE name = ?", now, name);
    this.revision++;
    return held;
  }
}
