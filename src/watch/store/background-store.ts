import type { Sql } from "../../collection/index.ts";

/** A class of a head, as it runs at a hydrophone. */
export interface WatchedClass {
  readonly hydrophone: string;
  /** Model, variant and the head's file: scores of another one say something else. */
  readonly made: string;
  readonly head: string;
  readonly class: string;
}

/** How many windows had which scores, in the bins of thresholds/scores.ts. */
export interface ScoreCounts extends WatchedClass {
  readonly counts: Float64Array<ArrayBuffer>;
}

/** Scores of what is no event, by class and day, in the tables of an EventStore. */
export class BackgroundStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Adds windows of a day. @param day  days since 1970, UTC */
  add({ hydrophone, made, head, class: name, counts }: ScoreCounts, day: number): void {
    const row = this.#sql.first(
      "SELECT counts FROM watch_background WHERE hydrophone = ? AND made = ? AND head = ? AND class = ? AND day = ?",
      hydrophone,
      made,
      head,
      name,
      day,
    );
    const sum = row === undefined ? counts : countsOf(row.counts).map((count, bin) => count + (counts[bin] ?? 0));
    this.#sql.run(
      "INSERT OR REPLACE INTO watch_background (hydrophone, made, head, class, day, counts) VALUES (?, ?, ?, ?, ?, ?)",
      hydrophone,
      made,
      head,
      name,
      day,
      new Uint8Array(sum.buffer, sum.byteOffset, sum.byteLength),
    );
  }

  /** Of each class of a hydrophone, all windows from a day on. @param day  days since 1970, UTC */
  since(hydrophone: string, day: number): ScoreCounts[] {
    const found = new Map<string, ScoreCounts>();
    const rows = this.#sql.rows(
      "SELECT made, head, class, counts FROM watch_background WHERE hydrophone = ? AND day >= ? ORDER BY head, class",
      hydrophone,
      day,
    );
    for (const row of rows) {
      const [made, head, name] = [String(row.made), String(row.head), String(row.class)];
      const key = `${made}\n${head}\n${name}`;
      const before = found.get(key)?.counts;
      const counts = countsOf(row.counts).map((count, bin) => count + (before?.[bin] ?? 0));
      found.set(key, { hydrophone, made, head, class: name, counts });
    }
    return [...found.values()];
  }

  /** What is older than the given day is not asked for any more. */
  forget(day: number): void {
    this.#sql.run("DELETE FROM watch_background WHERE day < ?", day);
  }
}

function countsOf(value: unknown): Float64Array<ArrayBuffer> {
  // A row's bytes may lie anywhere: float64 must be aligned.
  return value instanceof Uint8Array ? new Float64Array(Uint8Array.from(value).buffer) : new Float64Array(0);
}
