import type { Sql, SqlRow, SqlValue } from "./sql.ts";

/** What is used of a Durable Object's storage (developers.cloudflare.com/durable-objects, SQLite storage). */
export interface ObjectStorage {
  readonly sql: {
    exec(
      statement: string,
      ...values: readonly (null | number | string | ArrayBuffer)[]
    ): { toArray(): Record<string, null | number | string | ArrayBuffer>[] };
  };
  transactionSync<T>(work: () => T): T;
}

/** SQLite of a Durable Object. Rows are read at once: statements here ask for a bounded number. */
export class DurableSqlite implements Sql {
  readonly #storage: ObjectStorage;
  #inside = false;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  run(statement: string, ...values: readonly SqlValue[]): void {
    this.#exec(statement, values);
  }

  first(statement: string, ...values: readonly SqlValue[]): SqlRow | undefined {
    return this.#exec(statement, values)[0];
  }

  rows(statement: string, ...values: readonly SqlValue[]): Iterable<SqlRow> {
    return this.#exec(statement, values);
  }

  transaction<T>(work: () => T): T {
    if (this.#inside) return work();
    this.#inside = true;
    try {
      return this.#storage.transactionSync(work);
    } finally {
      this.#inside = false;
    }
  }

  #exec(statement: string, values: readonly SqlValue[]): SqlRow[] {
    const bound = values.map((value) => (value instanceof Uint8Array ? ownBuffer(value) : value));
    return this.#storage.sql
      .exec(statement, ...bound)
      .toArray()
      .map(rowOf);
  }
}

/** The bytes in a buffer of their own, which is what is bound. */
function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return (whole ? bytes.buffer : bytes.slice().buffer) as ArrayBuffer;
}

function rowOf(row: Record<string, null | number | string | ArrayBuffer>): SqlRow {
  const out: Record<string, SqlValue> = {};
  for (const [name, value] of Object.entries(row))
    out[name] = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
  return out;
}
