import type { Sql, SqlRow } from "../../collection/index.ts";

/** A threshold that a person set in the place of the configuration's and the head's. */
export interface SetThreshold {
  readonly hydrophone: string;
  readonly head: string;
  readonly class: string;
  readonly threshold: number;
  readonly by: string;
  /** ms since 1970. */
  readonly at: number;
  /** Since when it does not hold any more: undone, or another one was set. */
  readonly undone: number | undefined;
}

/** Thresholds that were set while it watches, and what they were before, in the tables of an EventStore. */
export class ThresholdStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  set({ hydrophone, head, class: name, threshold, by, at }: Omit<SetThreshold, "undone">): void {
    this.#sql.transaction(() => {
      this.undo(hydrophone, head, name, at);
      this.#sql.run(
        "INSERT INTO watch_thresholds (hydrophone, head, class, threshold, by, at) VALUES (?, ?, ?, ?, ?, ?)",
        hydrophone,
        head,
        name,
        threshold,
        by,
        at,
      );
    });
  }

  /** What holds is as if it had not been set. @returns whether one was */
  undo(hydrophone: string, head: string, name: string, now: number): boolean {
    const known = this.holding(hydrophone).some((one) => one.head === head && one.class === name);
    this.#sql.run(
      "UPDATE watch_thresholds SET undone = ? WHERE hydrophone = ? AND head = ? AND class = ? AND undone IS NULL",
      now,
      hydrophone,
      head,
      name,
    );
    return known;
  }

  /** Those that hold, of a hydrophone. */
  holding(hydrophone: string): SetThreshold[] {
    const rows = this.#sql.rows(
      "SELECT * FROM watch_thresholds WHERE hydrophone = ? AND undone IS NULL ORDER BY head, class",
      hydrophone,
    );
    return Array.from(rows, thresholdOf);
  }

  /** All that were set, the newest first. */
  list(hydrophone: string): SetThreshold[] {
    const rows = this.#sql.rows("SELECT * FROM watch_thresholds WHERE hydrophone = ? ORDER BY number DESC", hydrophone);
    return Array.from(rows, thresholdOf);
  }
}

const thresholdOf = (row: SqlRow): SetThreshold => ({
  hydrophone: String(row.hydrophone),
  head: String(row.head),
  class: String(row.class),
  threshold: Number(row.threshold),
  by: String(row.by),
  at: Number(row.at),
  undone: row.undone === null ? undefined : Number(row.undone),
});
