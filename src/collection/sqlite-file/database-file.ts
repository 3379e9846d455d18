import { OrcaError } from "../../errors.ts";
import type { Sql, SqlRow, SqlValue } from "../sql.ts";
import { firstPage, indexPages, type Numbering, PAGE_BYTES, tablePages } from "./pages.ts";
import { record } from "./record.ts";

/**
 * Tables of a database, written as SQLite's own file (sqlite.org/fileformat2.html) while it is read: where nothing gives out
 * the file itself, as in a Durable Object. Memory does not grow with the database.
 */

/** Rows that are read at a time: of vectors, and of what is shorter. */
const [VECTORS_AT_ONCE, ROWS_AT_ONCE] = [64, 2000];
/** The version of SQLite that a file says it was written by: 3.46.0. */
const SQLITE_VERSION = 3_046_000;

interface Column {
  readonly name: string;
  readonly real: boolean;
  /** Whether it is another name of the rowid, and is not written with the row. */
  readonly rowid: boolean;
}

interface Table {
  readonly name: string;
  readonly statement: string;
  readonly columns: readonly Column[];
  /** Rows with larger ids came while it was written. */
  readonly last: number;
  readonly counts: boolean;
}

interface Index {
  readonly name: string;
  readonly table: Table;
  /** Empty where SQLite makes it of itself, for UNIQUE. */
  readonly statement: string;
  readonly columns: readonly Column[];
}

/** A database as it was when this was made; rows that are added later are not in the file. */
export class DatabaseFile {
  readonly #sql: Sql;
  readonly #tables: readonly Table[];
  readonly #indexes: readonly Index[];
  #layout: { readonly roots: readonly number[]; readonly pages: number } | undefined;

  /** @param names  of tables; those that are not there are left out */
  constructor(sql: Sql, names: readonly string[]) {
    this.#sql = sql;
    this.#tables = names.flatMap((name) => tableOf(sql, name));
    this.#indexes = this.#tables.flatMap((table) => indexesOf(sql, table));
  }

  /** Of the whole file. */
  get bytes(): number {
    return this.#laidOut().pages * PAGE_BYTES;
  }

  /** The file's bytes, a page or so at a time. Throws `busy` where rows were changed or removed meanwhile. */
  *pages(): Generator<Uint8Array<ArrayBuffer>> {
    const { roots, pages } = this.#laidOut();
    yield this.#first(roots, pages);
    const now = yield* this.#trees(false);
    if (now.pages !== pages || now.roots.some((root, at) => root !== roots[at])) {
      throw new OrcaError("busy", "The collection was changed while it was exported.", { hint: "Export it again." });
    }
  }

  /** Where the trees will lie: the first page says it. Vectors are not read for it. */
  #laidOut(): { readonly roots: readonly number[]; readonly pages: number } {
    if (this.#layout === undefined) {
      const trees = this.#trees(true);
      let step = trees.next();
      while (step.done !== true) step = trees.next();
      this.#layout = step.value;
    }
    return this.#layout;
  }

  /** All pages behind the first. @param sizes  whether only the length of blobs is right */
  *#trees(sizes: boolean): Generator<Uint8Array<ArrayBuffer>, { roots: readonly number[]; pages: number }> {
    let pages = 1;
    const numbering: Numbering = { next: () => ++pages };
    const roots: number[] = [];
    for (const table of this.#tables) roots.push(yield* tablePages(this.#rows(table, sizes), numbering));
    for (const index of this.#indexes) roots.push(yield* indexPages(this.#entries(index), numbering));
    roots.push(yield* tablePages(this.#counters(), numbering));
    return { roots, pages };
  }

  *#rows({ name, columns, last }: Table, sizes: boolean): Generator<readonly [number, Uint8Array]> {
    const kept = columns.map((column) => (column.rowid ? undefined : column.name));
    const reals = columns.map(({ real }) => real);
    const long = columns.some((column) => column.name === "vector");
    const select = columns.map((column) =>
      sizes && column.name === "vector" ? "length(vector) AS vector" : quoted(column.name),
    );
    const statement = `SELECT rowid AS orca_rowid, ${select.join(", ")} FROM ${quoted(name)} WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ${long && !sizes ? VECTORS_AT_ONCE : ROWS_AT_ONCE}`;
    for (let after = 0; ; ) {
      const rows = [...this.#sql.rows(statement, after, last)];
      if (rows.length === 0) return;
      for (const row of rows) {
        after = row.orca_rowid as number;
        const values = kept.map((column) => (column === undefined ? null : storedValue(row, column, sizes && long)));
        yield [after, record(values, reals)];
      }
    }
  }

  *#entries({ table, columns }: Index): Generator<Uint8Array> {
    const reals = [...columns.map(({ real }) => real), false];
    const names = columns.map(({ name }) => quoted(name));
    const statement = `SELECT ${names.join(", ")}, rowid AS orca_rowid FROM ${quoted(table.name)} WHERE rowid <= ? ORDER BY ${names.join(", ")}, rowid LIMIT ${ROWS_AT_ONCE} OFFSET ?`;
    for (let at = 0; ; at += ROWS_AT_ONCE) {
      const rows = [...this.#sql.rows(statement, table.last, at)];
      for (const row of rows)
        yield record([...columns.map(({ name }) => row[name] ?? null), row.orca_rowid as number], reals);
      if (rows.length < ROWS_AT_ONCE) return;
    }
  }

  /** sqlite_sequence: the last id of each table that counts on. */
  *#counters(): Generator<readonly [number, Uint8Array]> {
    let at = 0;
    for (const { name, last, counts } of this.#tables)
      if (counts && last > 0) yield [++at, record([name, last], [false, false])];
  }

  #first(roots: readonly number[], pages: number): Uint8Array<ArrayBuffer> {
    const plain = [false, false, false, false, false];
    const rows = [
      ...this.#tables.map(({ name, statement }, at) => ["table", name, name, roots[at] as number, statement] as const),
      ...this.#indexes.map(
        ({ name, table, statement }, at) =>
          ["index", name, table.name, roots[this.#tables.length + at] as number, statement || null] as const,
      ),
      ["table", "sqlite_sequence", "sqlite_sequence", roots.at(-1) as number, "CREATE TABLE sqlite_sequence(name,seq)"],
    ] as const;
    const page = firstPage(rows.map((row) => record(row, plain)));
    const view = new DataView(page.buffer);
    page.set(new TextEncoder().encode("SQLite format 3\0"));
    // 65,536 bytes a page; a rollback journal; no reserved bytes; the fractions of payloads, which are fixed.
    page.set([0, 1, 1, 1, 0, 64, 32, 32], 16);
    for (const [at, value] of [
      [24, 1],
      [28, pages],
      [40, 1],
      [44, 4],
      [56, 1],
      [92, 1],
      [96, SQLITE_VERSION],
    ] as const)
      view.setUint32(at, value);
    return page;
  }
}

function tableOf(sql: Sql, name: string): Table[] {
  const made = sql.first("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", name)?.sql;
  if (typeof made !== "string") return [];
  const columns = [...sql.rows(`PRAGMA table_info(${quoted(name)})`)].map(({ name, type, pk }) => ({
    name: String(name),
    real: String(type).toUpperCase() === "REAL",
    rowid: pk === 1 && String(type).toUpperCase() === "INTEGER",
  }));
  const last = sql.first(`SELECT max(rowid) AS last FROM ${quoted(name)}`)?.last;
  const counts = /\bAUTOINCREMENT\b/i.test(made);
  return [{ name, statement: made, columns, last: typeof last === "number" ? last : 0, counts }];
}

function indexesOf(sql: Sql, table: Table): Index[] {
  const made = sql.rows("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", table.name);
  return [...made].map(({ name, sql: statement }) => ({
    name: String(name),
    table,
    statement: typeof statement === "string" ? statement : "",
    columns: [...sql.rows(`PRAGMA index_info(${quoted(String(name))})`)].map((of) => {
      const column = table.columns.find((one) => one.name === of.name);
      if (column === undefined) throw new OrcaError("internal", `An index of ${table.name} is of no column.`);
      return column;
    }),
  }));
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** Zeros that stand for vectors of which only the length counts. */
let zeros = new Uint8Array(0);

function storedValue(row: SqlRow, column: string, sizes: boolean): SqlValue {
  const value = row[column] ?? null;
  if (!sizes || column !== "vector" || typeof value !== "number") return value;
  if (zeros.length < value) zeros = new Uint8Array(value);
  return zeros.subarray(0, value);
}
