import type { Sql, SqlRow } from "../../collection/index.ts";

/** What may be wrong with a hydrophone: nothing comes of it, or what comes is no sound of the sea. */
export type TroubleKind = "gone" | "silent" | "stuck" | "clipped" | "offset";

export interface Trouble {
  readonly number: number;
  readonly hydrophone: string;
  readonly kind: TroubleKind;
  readonly message: string;
  /** ms since 1970. */
  readonly since: number;
  /** Undefined while it goes on. */
  readonly ended: number | undefined;
}

/** Troubles of hydrophones, in the tables of an EventStore. */
export class TroubleStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  begin(hydrophone: string, kind: TroubleKind, message: string, since: number): Trouble {
    this.#sql.run(
      "INSERT INTO watch_troubles (hydrophone, kind, message, since) VALUES (?, ?, ?, ?)",
      hydrophone,
      kind,
      message,
      Math.round(since),
    );
    return troubleOf(
      this.#sql.first("SELECT * FROM watch_troubles WHERE number = (SELECT max(number) FROM watch_troubles)") as SqlRow,
    );
  }

  end(number: number, now: number): Trouble {
    this.#sql.run("UPDATE watch_troubles SET ended = ? WHERE number = ?", Math.round(now), number);
    return troubleOf(this.#sql.first("SELECT * FROM watch_troubles WHERE number = ?", number) as SqlRow);
  }

  /** Those of a hydrophone that go on. */
  open(hydrophone: string): Trouble[] {
    const rows = this.#sql.rows(
      "SELECT * FROM watch_troubles WHERE hydrophone = ? AND ended IS NULL ORDER BY number",
      hydrophone,
    );
    return Array.from(rows, troubleOf);
  }
}

function troubleOf(row: SqlRow): Trouble {
  return {
    number: Number(row.number),
    hydrophone: String(row.hydrophone),
    kind: row.kind as TroubleKind,
    message: String(row.message),
    since: Number(row.since),
    ended: typeof row.ended === "number" ? row.ended : undefined,
  };
}
