/** What a collection needs of SQLite: Node's own, or a Durable Object's. */
export type SqlValue = null | number | string | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** Calls end before they return; a statement is prepared once, however often it is run. Throws OrcaError. */
export interface Sql {
  run(statement: string, ...values: readonly SqlValue[]): void;
  /** The first row; undefined where there is none. */
  first(statement: string, ...values: readonly SqlValue[]): SqlRow | undefined;
  /** Rows as they are taken. */
  rows(statement: string, ...values: readonly SqlValue[]): Iterable<SqlRow>;
  /** All that `work` writes, or, where it throws, nothing. It must not wait for anything. */
  transaction<T>(work: () => T): T;
}

export const number = (value: SqlValue | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;
export const textOf = (value: SqlValue | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;
