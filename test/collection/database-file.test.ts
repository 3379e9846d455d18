import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { DATABASE } from "../../src/collection/folder.node.ts";
import type { Sql, SqlRow } from "../../src/collection/index.ts";
import { DatabaseFile } from "../../src/collection/sqlite-file/database-file.ts";
import { runs } from "../support/long.ts";

/** Rows in which long values are their digests. */
const digested = (rows: readonly Record<string, unknown>[]) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        const long = value instanceof Uint8Array || (typeof value === "string" && value.length > 1000);
        return [name, long ? createHash("sha1").update(value).digest("hex") : value];
      }),
    ),
  );

/** What SQLite itself says of the file that is written of `from`'s tables, and what is in it. */
function written(from: Sql, names: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "orca-database-"));
  try {
    const file = new DatabaseFile(from, names);
    const path = join(folder, DATABASE);
    const pages = [...file.pages()];
    writeFileSync(path, Buffer.concat(pages));
    expect(pages.reduce((sum, { length }) => sum + length, 0)).toBe(file.bytes);
    const database = new DatabaseSync(path);
    const all = (statement: string) => digested(database.prepare(statement).all());
    const checked = [...all("PRAGMA integrity_check"), ...all("PRAGMA foreign_key_check")];
    const rows = Object.fromEntries(names.map((name) => [name, all(`SELECT rowid, * FROM "${name}" ORDER BY rowid`)]));
    const schema = all("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name");
    // It goes on counting where the other stopped, and takes more.
    database.exec("PRAGMA journal_mode = WAL");
    database.close();
    return { checked, rows, schema };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const sqlOf = (database: DatabaseSync): Sql => ({
  run: (statement, ...values) => database.prepare(statement).run(...values),
  first: (statement, ...values) => database.prepare(statement).get(...values) as SqlRow | undefined,
  rows: (statement, ...values) => database.prepare(statement).all(...values) as SqlRow[],
  transaction: (work) => work(),
});

test("trees of several levels, empty tables, all kinds of values: SQLite finds nothing wrong", () => {
  const database = new DatabaseSync(":memory:");
  database.exec(`
    CREATE TABLE long (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, kind, UNIQUE (name), UNIQUE (id, kind));
    CREATE INDEX long_kind ON long (kind, name);
    CREATE TABLE vectors (window_id INTEGER PRIMARY KEY, vector BLOB NOT NULL);
    CREATE TABLE plain (key TEXT PRIMARY KEY, number REAL, whole INTEGER);
    CREATE TABLE empty (id INTEGER PRIMARY KEY, what TEXT, UNIQUE (what));
    CREATE TABLE left_out (id INTEGER);
  `);
  const long = database.prepare("INSERT INTO long (name, kind) VALUES (?, ?)");
  // Entries of 16 KB, three a page, in no order: several levels.
  const count = runs(50, 700);
  const kinds = [null, 1, 2.5, "x", "é", Uint8Array.of(1, 2), -1, Number.MAX_SAFE_INTEGER];
  for (let at = 0; at < count; at++)
    long.run(`${(at * 7919) % count}-${"n".repeat(16_000)}`, kinds[at % kinds.length] ?? null);
  database.exec("DELETE FROM long WHERE id % 7 = 0");
  const vectors = database.prepare("INSERT INTO vectors VALUES (?, ?)");
  for (let at = 1; at <= 300; at++) vectors.run(at * 3, new Uint8Array(at * 200).fill(at));
  const plain = database.prepare("INSERT INTO plain VALUES (?, ?, ?)");
  const wholes = [
    0,
    1,
    2,
    -1,
    127,
    128,
    -128,
    -129,
    32_767,
    32_768,
    -32_768,
    8_388_607,
    -8_388_608,
    2 ** 31,
    -(2 ** 31),
  ];
  for (const whole of [...wholes, 2 ** 47 - 1, 2 ** 47, -(2 ** 47), -(2 ** 47) - 1, Number.MIN_SAFE_INTEGER])
    plain.run(`key ${whole}`, whole, whole);
  plain.run("half", 0.5, 0.5);
  const sql = sqlOf(database);
  const there = ["long", "vectors", "plain", "empty"];
  const { checked, rows, schema } = written(sql, there);
  expect(checked).toEqual([{ integrity_check: "ok" }]);
  for (const name of there)
    expect(rows[name]).toEqual(digested(database.prepare(`SELECT rowid, * FROM "${name}" ORDER BY rowid`).all()));
  expect(schema.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["long_kind", "sqlite_autoindex_long_1", "sqlite_autoindex_long_2", "sqlite_sequence"]),
  );
  expect(new DatabaseFile(sql, [...there, "not there"]).bytes).toBe(new DatabaseFile(sql, there).bytes);
  // A row that goes while the file is taken is noticed; one that comes is left out.
  const pages = new DatabaseFile(sql, there);
  expect(pages.bytes).toBeGreaterThan(65_536);
  long.run("later", null);
  expect([...pages.pages()].length).toBe(pages.bytes / 65_536);
  database.exec("DELETE FROM vectors");
  expect(() => [...pages.pages()]).toThrow("The collection was changed while it was exported.");
});

test("the rowids of 9 bytes, and a row that is too long", () => {
  const sql = sqlOf(new DatabaseSync(":memory:"));
  sql.run("CREATE TABLE far (id INTEGER PRIMARY KEY, what TEXT)");
  sql.run("INSERT INTO far VALUES (?, 'a')", 2 ** 50);
  expect(written(sql, ["far"])).toMatchObject({ checked: [{ integrity_check: "ok" }] });
  sql.run("INSERT INTO far VALUES (1, ?)", "x".repeat(70_000));
  expect(() => new DatabaseFile(sql, ["far"]).bytes).toThrow(/is too long for the database that is exported/);
});
