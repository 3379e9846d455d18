import type { Sql, SqlRow, SqlValue } from "./sql.ts";

/** hoplite's tables of what a collection holds: rows are copied with all of their columns, whoever added them. */
export const TABLES = ["deployments", "recordings", "windows", "annotations"] as const;
export type Table = (typeof TABLES)[number];

/** Columns whose numbers are another collection's. */
export const LINKS: ReadonlySet<string> = new Set(["deployment_id", "recording_id"]);

/** Columns of each table, but for its own id and those of others. */
export function columnsOf(sql: Sql): Readonly<Record<Table, readonly string[]>> {
  const of = (table: Table) =>
    [...sql.rows(`PRAGMA table_info(${table})`)]
      .map(({ name }) => String(name))
      .filter((name) => name !== "id" && !LINKS.has(name));
  return {
    deployments: of("deployments"),
    recordings: of("recordings"),
    windows: of("windows"),
    annotations: of("annotations"),
  };
}

/** A row with these columns; it gives the row's id. */
export function insertInto(table: Table, columns: readonly string[]): string {
  const places = columns.map(() => "?").join(", ");
  return `INSERT INTO ${table} (${columns.map(quoted).join(", ")}) VALUES (${places}) RETURNING id`;
}

export const valuesOf = (row: SqlRow, columns: readonly string[]): SqlValue[] =>
  columns.map((name) => row[name] ?? null);

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
