import type { Sql } from "../../collection/index.ts";
import { OrcaError } from "../../errors.ts";
import { joinBytes } from "../../join.ts";
import type { ClipShelf } from "../../watch/index.ts";

/** Bytes of a row: a Durable Object's SQLite takes 2 MB (developers.cloudflare.com/durable-objects/platform/limits). */
const PART = 1 << 20;

/** Sound and pictures of events in SQLite, cut into rows. */
export class SqlShelf implements ClipShelf {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.run(
      "CREATE TABLE IF NOT EXISTS watch_files (name TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (name, part))",
    );
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    try {
      this.#sql.transaction(() => {
        this.#sql.run("DELETE FROM watch_files WHERE name = ?", name);
        for (let at = 0; at < bytes.length; at += PART) {
          const part = bytes.subarray(at, at + PART);
          this.#sql.run("INSERT INTO watch_files (name, part, bytes) VALUES (?, ?, ?)", name, at / PART, part);
        }
      });
    } catch (cause) {
      throw noRoom(cause);
    }
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const rows = this.#sql.rows("SELECT bytes FROM watch_files WHERE name = ? ORDER BY part", name);
    const parts = Array.from(rows, ({ bytes }) => bytes as Uint8Array);
    return parts.length === 0 ? undefined : joinBytes(parts);
  }

  async delete(name: string): Promise<void> {
    this.#sql.run("DELETE FROM watch_files WHERE name = ?", name);
  }
}

/** What is used of an R2 bucket (developers.cloudflare.com/r2/api/workers). */
export interface ClipBucket {
  put(key: string, value: Uint8Array): Promise<unknown>;
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
  delete(key: string): Promise<void>;
}

/** The same in a bucket. */
export const bucketShelf = (bucket: ClipBucket): ClipShelf => ({
  async put(name, bytes) {
    try {
      await bucket.put(name, bytes);
    } catch (cause) {
      throw noRoom(cause);
    }
  },
  async get(name) {
    const found = await bucket.get(name);
    return found === null ? undefined : new Uint8Array(await found.arrayBuffer());
  },
  delete: (name) => bucket.delete(name),
});

const noRoom = (cause: unknown) =>
  new OrcaError(
    "unwritable",
    `The sound could not be kept: ${cause instanceof Error ? cause.message : String(cause)}.`,
    {
      hint: "Make room, or keep less: keep.megabytes.",
      cause,
    },
  );
