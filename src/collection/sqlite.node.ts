import type { DatabaseSync, StatementSync } from "node:sqlite";
import { OrcaError } from "../errors.ts";
import type { Sql, SqlRow, SqlValue } from "./sql.ts";

/** Milliseconds that another's writing is waited for. */
const BUSY_AFTER = 10_000;
/** Bytes of the database that may be mapped: pages are read without a call of the system. */
const MAPPED = 1 << 30;
/** Statements that are kept prepared. */
const MOST_STATEMENTS = 64;

/** Node's own SQLite. */
export class NodeSqlite implements Sql {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();
  #inside = false;

  private constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /**
   * Opens a database; for writing in hoplite's journal mode, WAL, and it is made where it is not there.
   * @param patience  milliseconds that another's writing is waited for
   * Throws `collection_invalid`, `unwritable`, `unreadable`, `busy`.
   */
  static async open(path: string, write: boolean, patience = BUSY_AFTER): Promise<NodeSqlite> {
    const { DatabaseSync } = await sqlite();
    return told(path, write, () => {
      const database = new DatabaseSync(path, { readOnly: !write, timeout: patience });
      try {
        database.exec(`PRAGMA mmap_size = ${MAPPED}`);
        // What is committed survives a crash of the program; of the machine, up to the last checkpoint.
        if (write) database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
        // The first real look at the file.
        database.prepare("SELECT count(*) FROM sqlite_master").get();
        return new NodeSqlite(database, path);
      } catch (thrown) {
        database.close();
        throw thrown;
      }
    });
  }

  /**
   * Opens a database that only this process writes, and makes it where it is not there. What is committed survives the end of
   * the process, and of the machine only what was synced afterwards. It is written once, where WAL writes all of it twice.
   */
  static async openDraft(path: string): Promise<NodeSqlite> {
    const { DatabaseSync } = await sqlite();
    return told(path, true, () => {
      const database = new DatabaseSync(path, { timeout: BUSY_AFTER });
      try {
        // What is only added to needs no journal but for the pages that were there.
        database.exec("PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF");
        return new NodeSqlite(database, path);
      } catch (thrown) {
        database.close();
        throw thrown;
      }
    });
  }

  run(statement: string, ...values: readonly SqlValue[]): void {
    told(this.#path, true, () => this.#prepared(statement).run(...values));
  }

  first(statement: string, ...values: readonly SqlValue[]): SqlRow | undefined {
    return told(this.#path, true, () => this.#prepared(statement).get(...values)) as SqlRow | undefined;
  }

  *rows(statement: string, ...values: readonly SqlValue[]): Generator<SqlRow> {
    // A statement whose rows are still being taken is not run again: each taking has its own.
    const prepared = told(this.#path, false, () => this.#taken(statement));
    const rows = told(this.#path, false, () => prepared.iterate(...values)) as IterableIterator<SqlRow>;
    try {
      for (;;) {
        const { done, value } = told(this.#path, false, () => rows.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      // Whoever takes no more lets go of the statement, and with it of its lock.
      if (this.#database.isOpen) rows.return?.();
      this.#give(statement, prepared);
    }
  }

  transaction<T>(work: () => T): T {
    if (this.#inside) return work();
    this.run("BEGIN IMMEDIATE");
    this.#inside = true;
    try {
      const result = work();
      this.run("COMMIT");
      return result;
    } catch (thrown) {
      // What broke the transaction may have ended it already, as a full disk does.
      if (this.#database.isTransaction) this.run("ROLLBACK");
      throw thrown;
    } finally {
      this.#inside = false;
    }
  }

  /** As `transaction`, of work that waits: nobody else may use this object meanwhile. */
  async longTransaction<T>(work: () => Promise<T>): Promise<T> {
    this.run("BEGIN IMMEDIATE");
    this.#inside = true;
    try {
      const result = await work();
      this.run("COMMIT");
      return result;
    } catch (thrown) {
      if (this.#database.isTransaction) this.run("ROLLBACK");
      throw thrown;
    } finally {
      this.#inside = false;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepared(statement: string): StatementSync {
    const known = this.#statements.get(statement);
    if (known !== undefined) return known;
    const prepared = this.#database.prepare(statement);
    this.#keep(statement, prepared);
    return prepared;
  }

  #taken(statement: string): StatementSync {
    const known = this.#statements.get(statement);
    this.#statements.delete(statement);
    return known ?? this.#database.prepare(statement);
  }

  #give(statement: string, prepared: StatementSync): void {
    if (this.#database.isOpen) this.#keep(statement, prepared);
  }

  #keep(statement: string, prepared: StatementSync): void {
    if (this.#statements.size < MOST_STATEMENTS) this.#statements.set(statement, prepared);
  }
}

async function sqlite(): Promise<typeof import("node:sqlite")> {
  try {
    return await import("node:sqlite");
  } catch (cause) {
    throw new OrcaError("collection_invalid", `Collections need Node 24 or newer, and this is ${process.version}.`, {
      hint: "On Linux it comes with npm ci: start the command with npm run orca-embed.",
      cause,
    });
  }
}

/** What SQLite says, in sentences (sqlite.org/rescode.html, primary codes). */
const SAYS: Readonly<Record<number, readonly [code: OrcaError["code"], what: string, hint?: string]>> = {
  3: ["unreadable", "permission is denied"],
  5: ["busy", "another program is writing there", "Wait for it, or end it."],
  6: ["busy", "another program is writing there", "Wait for it, or end it."],
  8: ["unwritable", "it can only be read", "Give a folder that this user may write to."],
  10: ["unwritable", "the disk failed"],
  11: ["collection_invalid", "the database is damaged", "Take it from a backup, or collect again."],
  13: ["unwritable", "the disk is full", "Make room, or give another folder."],
  14: ["unreadable", "it cannot be opened"],
  26: ["collection_invalid", "it is no SQLite database", "It must be the hoplite.sqlite of a collection."],
};

/** @param writing  whether a file that cannot be opened was to be written to */
function told<T>(path: string, writing: boolean, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const { code, errcode, message } = thrown as Error & { code?: unknown; errcode?: unknown };
    if (code !== "ERR_SQLITE_ERROR" || typeof errcode !== "number") throw thrown;
    const [ours, what, hint] = SAYS[errcode & 0xff] ?? ["collection_invalid", `SQLite says: ${message}`];
    const as = ours === "unreadable" && writing ? "unwritable" : ours;
    throw new OrcaError(as, `${path} cannot be used: ${what}.`, {
      ...(hint === undefined ? {} : { hint }),
      cause: thrown,
    });
  }
}
