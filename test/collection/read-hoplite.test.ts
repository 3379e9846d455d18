import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CollectionFolder } from "../../src/collection/folder.node.ts";
import { readHoplite } from "../../src/collection/index.ts";
import { TablesFile } from "../../src/collection/sqlite-file/read-tables.ts";
import type { FileBytes } from "../../src/collection/usearch-file.ts";
import type { Annotation } from "../../src/labels/index.ts";
import { listOf, MODEL, newWindows, together } from "../support/collections.ts";
import { sharedExists, sharedPath } from "../support/shared.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-read-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytesOf = (bytes: Uint8Array): FileBytes => ({
  size: bytes.length,
  read: (at, length) => bytes.slice(at, at + length),
});
const fileOf = (path: string) => bytesOf(new Uint8Array(readFileSync(path)));
/** Blocks of vectors as one array. */
const all = (blocks: Iterable<Float32Array>) => Float32Array.from([...blocks].flatMap((rows) => Array.from(rows)));

describe.each([512, 4096, 65_536])("tables of pages of %i bytes", (page) => {
  test("all kinds of values, trees of several levels, rows longer than a page: as SQLite reads them", () => {
    const path = join(folder, "some.sqlite");
    const database = new DatabaseSync(path);
    database.exec(`
      PRAGMA page_size = ${page};
      CREATE TABLE "kinds" (id INTEGER PRIMARY KEY AUTOINCREMENT, "what it is" TEXT DEFAULT ('a,b'), value, UNIQUE (id, value));
      CREATE TABLE keyed (key TEXT PRIMARY KEY, number REAL);
      CREATE TABLE empty (id INTEGER PRIMARY KEY);
    `);
    const add = database.prepare('INSERT INTO kinds ("what it is", value) VALUES (?, ?)');
    const values = [
      null,
      0,
      1,
      -1,
      127,
      -128,
      32_768,
      -(2 ** 31),
      2 ** 40,
      -(2 ** 52),
      0.5,
      "",
      "é",
      new Uint8Array(0),
    ];
    for (const value of values) add.run("short", value);
    for (let length = 1; length < 9000; length += 97) add.run("x".repeat(length), new Uint8Array(length).fill(length));
    database.prepare("INSERT INTO keyed VALUES (?, ?)").run("whole", 3);
    database.exec("DELETE FROM kinds WHERE id % 5 = 0; ALTER TABLE kinds ADD COLUMN later REAL");
    add.run("after", 7);
    const read = (table: string) => database.prepare(`SELECT * FROM ${table}`).all();
    const expected = ["kinds", "keyed", "empty"].map((table) => [table, read(table).map((row) => ({ ...row }))]);
    database.close();
    const tables = new TablesFile(fileOf(path), "some.sqlite");
    expect(tables.columns("kinds")).toEqual(["id", "what it is", "value", "later"]);
    expect(["kinds", "keyed", "empty"].map((table) => [table, [...tables.rows(table)]])).toEqual(expected);
    expect([tables.has("not there"), [...tables.rows("not there")]]).toEqual([false, []]);
  });
});

describe("a collection without SQLite", () => {
  test("holds what was put into it: recordings, windows, labels, exact vectors", async () => {
    const made = await CollectionFolder.openForWriting(join(folder, "calls"), MODEL);
    const { collection } = made;
    const haro = { name: "haro", project: "orcas", latitude: 48.5 };
    const label: Annotation = {
      recording: "haro/a.wav",
      start: 1,
      end: 1.5,
      label: "orca/j",
      kind: "uncertain",
      by: "ana",
      low: 900,
    };
    await collection.put(
      { name: "haro/a.wav", deployment: haro, utc: Date.UTC(2024, 4, 1), seconds: 300 },
      newWindows(600, 1),
    );
    await collection.put({ name: "b.wav", deployment: haro }, newWindows(30, 2));
    await collection.annotate([label]);
    const recordings = await listOf(collection.recordings());
    const { vectors, ...windows } = await together(collection.blocks());
    made.close();
    const content = readHoplite({ database: fileOf(join(folder, "calls/hoplite.sqlite")), index: undefined }, "calls");
    expect(content.model).toEqual(MODEL);
    expect(content.recordings).toEqual(recordings);
    expect(content.annotations).toEqual([{ id: 1, ...label }]);
    const { count, ...columns } = content.windows;
    expect(count).toBe(630);
    expect(Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, [...values]]))).toEqual(windows);
    expect(all(content.vectors())).toEqual(Float32Array.from(vectors));
  });

  test.skipIf(!sharedExists)("of perch-hoplite, with its vectors in its index, is the same as in Node", async () => {
    const orcas = await CollectionFolder.open(sharedPath("hoplite/orcas"));
    const { ids, vectors } = await together(orcas.collection.blocks());
    const annotations = await listOf(orcas.collection.annotations());
    orcas.close();
    const [database, index] = ["hoplite.sqlite", "usearch.index"].map((name) =>
      fileOf(sharedPath(`hoplite/orcas/${name}`)),
    );
    const content = readHoplite({ database: database as FileBytes, index }, "orcas");
    expect([...content.windows.ids]).toEqual(ids);
    expect(content.annotations).toEqual(annotations);
    expect(all(content.vectors())).toEqual(Float32Array.from(vectors));
    const without = readHoplite({ database: database as FileBytes, index: undefined }, "orcas");
    expect(() => [...without.vectors()]).toThrow("its vectors are in usearch.index, which is not there");
  });

  test("what is none, or damaged anywhere: in words, and never for ever", () => {
    const path = join(folder, "some.sqlite");
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE windows (id INTEGER PRIMARY KEY, name TEXT); PRAGMA page_size = 512; VACUUM");
    const add = database.prepare("INSERT INTO windows (name) VALUES (?)");
    for (let at = 0; at < 60; at++) add.run("x".repeat(30 * at));
    database.close();
    const bytes = new Uint8Array(readFileSync(path));
    const readAll = (some: Uint8Array) => [...new TablesFile(bytesOf(some), "some.sqlite").rows("windows")];
    expect(readAll(bytes)).toHaveLength(60);
    expect(() => readAll(new Uint8Array(200))).toThrow("some.sqlite cannot be read: it is no database of SQLite's.");
    expect(() => readAll(bytes.subarray(0, bytes.length - 512))).toThrow(/it is cut off/);
    expect(() => readHoplite({ database: bytesOf(bytes), index: undefined }, "some")).toThrow(
      /it has no table hoplite_metadata/,
    );
    for (let at = 18; at < bytes.length; at += 101) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0xff;
      try {
        readAll(damaged);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: "collection_invalid" });
      }
    }
  });
});
