import type { PieceWindows } from "../embed/index.ts";
import type { ObjectState } from "./object-door.ts";

/** The pieces of recordings that are under way: how far each has come. A recording that has its result has none here. */
export class PieceTable {
  readonly #sql: ObjectState["storage"]["sql"];

  constructor(sql: ObjectState["storage"]["sql"]) {
    this.#sql = sql;
    this.#sql.exec(
      "create table if not exists pieces (key text not null, start integer not null, stop integer, etag text not null, " +
        "done integer not null default 0, windows integer not null default 0, seconds real not null default 0, " +
        "primary key (key, start)) without rowid",
    );
  }

  /** A recording that was divided before, as it is, keeps its pieces. @returns those without a result */
  divide(key: string, etag: string, pieces: readonly PieceWindows[]): PieceWindows[] {
    this.#sql.exec("delete from pieces where key = ? and etag <> ?", key, etag);
    if (this.#rows(key, "").length === 0) {
      for (const { from, to } of pieces) {
        this.#sql.exec("insert into pieces (key, start, stop, etag) values (?, ?, ?, ?)", key, from, to ?? null, etag);
      }
    }
    return this.#rows(key, "and done = 0");
  }

  /** @returns whether it is a piece of a recording that is under way, and whether all of that are done */
  done({
    key,
    etag,
    from,
    windows,
    seconds,
  }: {
    readonly key: string;
    readonly etag: string;
    readonly from: number;
    readonly windows: number;
    readonly seconds: number;
  }): { known: boolean; all: boolean } {
    this.#sql.exec(
      "update pieces set done = 1, windows = ?, seconds = ? where key = ? and etag = ? and start = ?",
      windows,
      seconds,
      key,
      etag,
      from,
    );
    const known = this.#rows(key, "and done = 1").some((row) => row.from === from);
    return { known, all: this.all(key, etag).pieces.length > 0 };
  }

  /** All pieces of a recording in their order, and what they hold; none where some are not done. */
  all(key: string, etag: string): { pieces: PieceWindows[]; windows: number; seconds: number } {
    const [sum] = this.#sql
      .exec(
        "select count(*) - sum(done) as missing, sum(windows) as windows, max(seconds) as seconds from pieces where key = ? and etag = ?",
        key,
        etag,
      )
      .toArray();
    if (sum?.missing !== 0) return { pieces: [], windows: 0, seconds: 0 };
    return { pieces: this.#rows(key, ""), windows: Number(sum.windows), seconds: Number(sum.seconds) };
  }

  /** A recording has its result, or none will come. */
  forget(key: string): void {
    this.#sql.exec("delete from pieces where key = ?", key);
  }

  /** Of all recordings that wait: pieces, and the parts of their bytes and sound that are done. */
  counts(): { done: number; all: number; bytes: number; seconds: number } {
    const rows = this.#sql
      .exec(
        "select size, count(*) as n, sum(done) as done, max(p.seconds) as seconds from pieces p join recordings using (key) " +
          "where state = 'waiting' group by key",
      )
      .toArray();
    const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0);
    const share = (row: (typeof rows)[number]) => Number(row.done) / Number(row.n);
    return {
      done: sum(({ done }) => Number(done)),
      all: sum(({ n }) => Number(n)),
      bytes: sum((row) => Number(row.size) * share(row)),
      seconds: sum((row) => Number(row.seconds) * share(row)),
    };
  }

  #rows(key: string, which: string): PieceWindows[] {
    const rows = this.#sql.exec(`select start, stop from pieces where key = ? ${which} order by start`, key).toArray();
    return rows.map(({ start, stop }) => ({ from: Number(start), ...(stop === null ? {} : { to: Number(stop) }) }));
  }
}
