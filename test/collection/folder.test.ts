import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CollectionFolder, collectionPath, DATABASE, INDEX } from "../../src/collection/folder.node.ts";
import { searchCollection, type WindowFilter } from "../../src/collection/index.ts";
import { IndexFile } from "../../src/collection/index-file.node.ts";
import { NodeSqlite } from "../../src/collection/sqlite.node.ts";
import type { Annotation } from "../../src/labels/index.ts";
import { vectorModule } from "../../src/runtime.node.ts";
import { listOf, MODEL, newFolder, newWindows, together } from "../support/collections.ts";
import { readNpz, sharedExists, sharedPath } from "../support/shared.ts";

const START = Date.UTC(2024, 4, 1, 23, 59, 58);
const HARO = { name: "haro", project: "orcas", latitude: 48.5, longitude: -123.2 };
const LIME = { name: "lime kiln", project: "orcas" };
const CALL: Annotation = { recording: "haro/a.wav", start: 1, end: 1.5, label: "orca/j", kind: "positive", by: "ana" };

let path = "";
let folder: CollectionFolder;
beforeEach(async () => {
  path = newFolder();
  folder = await CollectionFolder.openForWriting(path, MODEL);
});
afterEach(() => {
  folder.close();
  rmSync(path, { recursive: true, force: true });
});

/** Two recordings of 10 windows each; the first from 2 s before midnight, the second without a time. */
async function fill(): Promise<void> {
  const facts = { bytes: 10, modified: 0.5, seconds: 5, made: { engine: "x", complete: true, findings: [] } };
  await folder.collection.put({ name: "haro/a.wav", deployment: HARO, utc: START, ...facts }, newWindows(10, 1, START));
  await folder.collection.put({ name: "lime kiln/b.wav", deployment: LIME }, newWindows(10, 2));
}

describe("a collection in a folder", () => {
  test("gives back what was put into it, exactly", async () => {
    await fill();
    await folder.collection.annotate([CALL]);
    folder.close();
    folder = await CollectionFolder.open(path);
    const { collection } = folder;
    expect(collection.model).toEqual(MODEL);
    expect(await collection.counts()).toEqual({ deployments: 2, recordings: 2, windows: 20, annotations: 1 });
    expect(await collection.deployments()).toEqual([HARO, LIME]);
    const [a, b] = await listOf(collection.recordings());
    expect(a).toEqual({
      id: 1,
      name: "haro/a.wav",
      deployment: HARO,
      utc: START,
      bytes: 10,
      modified: 0.5,
      seconds: 5,
      made: { engine: "x", complete: true, findings: [] },
    });
    expect(b).toEqual({ id: 2, name: "lime kiln/b.wav", deployment: LIME });
    const windows = [...newWindows(10, 1, START), ...newWindows(10, 2)];
    const all = await together(collection.blocks({ size: 7 }));
    expect(all.ids).toEqual(windows.map((_, at) => at + 1));
    expect(all.vectors).toEqual(windows.flatMap(({ vector }) => [...vector]));
    expect(all.starts).toEqual(windows.map(({ start }) => start));
    expect(all.utcs).toEqual(windows.map(({ utc }) => utc ?? Number.NaN));
    expect(await listOf(collection.annotations())).toEqual([{ id: 1, ...CALL }]);
    const some = await collection.windows([12, 99, 3]);
    expect([...some.ids]).toEqual([12, 3]);
    expect(some.vectors.subarray(24)).toEqual(windows[2]?.vector);
  });

  test("names with commas, quotes and line breaks are names like others", async () => {
    const name = 'haro, north/a "b",\nc.wav';
    await folder.collection.put({ name, deployment: { name: "haro, north", project: "p" } }, newWindows(3));
    await folder.collection.annotate([{ ...CALL, recording: name, label: "orca, J" }]);
    const filter = { recordings: [name], deployments: ["haro, north"] };
    expect((await together(folder.collection.blocks({ filter }))).ids).toEqual([1, 2, 3]);
    const [said] = await listOf(folder.collection.annotations());
    expect(said).toMatchObject({ recording: name, label: "orca, J" });
  });

  test("two writers: each waits for the other, and one that waits too long is told; nothing is lost", async () => {
    await fill();
    const other = await CollectionFolder.openForWriting(path, MODEL);
    for (let turn = 0; turn < 5; turn++) {
      await folder.collection.put({ name: `x/${turn}.wav` }, newWindows(4, turn));
      await other.collection.put({ name: `y/${turn}.wav` }, newWindows(4, 10 + turn));
    }
    other.close();
    expect(await folder.collection.counts()).toMatchObject({ recordings: 12, windows: 60 });
    const database = join(path, DATABASE);
    const holder = new DatabaseSync(database);
    holder.exec("BEGIN IMMEDIATE");
    const late = await NodeSqlite.open(database, true, 20);
    const work = () => late.transaction(() => late.run("DELETE FROM windows"));
    expect(work).toThrow(expect.objectContaining({ code: "busy" }));
    expect(work).toThrow(/cannot be used: another program is writing there/);
    // Whoever only reads need not wait.
    expect(await folder.collection.counts()).toMatchObject({ windows: 60 });
    holder.exec("ROLLBACK");
    holder.close();
    late.close();
    expect((await together(folder.collection.blocks())).ids.length).toBe(60);
  });

  test("a recording that is put again has its new windows, and keeps its annotations", async () => {
    await fill();
    await folder.collection.annotate([CALL]);
    await folder.collection.put({ name: "haro/a.wav", deployment: HARO }, newWindows(3, 9));
    expect(await folder.collection.counts()).toMatchObject({ recordings: 2, windows: 13, annotations: 1 });
    const { ids, recordings } = await together(folder.collection.blocks());
    // No id is of another window later.
    expect(ids).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]);
    expect(recordings.slice(-3)).toEqual([1, 1, 1]);
    const vectors = new DatabaseSync(join(path, DATABASE)).prepare("SELECT count(*) AS n FROM orca_vectors").get();
    expect(vectors?.n).toBe(13);
  });

  test.each<[string, WindowFilter, number[]]>([
    ["deployments", { deployments: ["lime kiln"] }, [11, 12, 13, 14, 15, 16, 17, 18, 19, 20]],
    ["recordings", { recordings: ["haro/a.wav"], deployments: ["lime kiln"] }, []],
    ["UTC", { from: START + 480, to: START + 1440 }, [2, 3]],
    ["hours of the day", { hours: [23, 24] }, [1, 2, 3, 4, 5]],
    ["hours over midnight", { hours: [23.9999, 0.0003] }, [5, 6, 7]],
    ["labels", { labels: ["orca"] }, [2, 3, 4]],
    ["other labels", { labels: ["orca/k", "ship"] }, []],
    ["no label", { unlabelled: true, to: START + 2000 }, [1, 5]],
  ])("windows by %s", async (_, filter, expected) => {
    await fill();
    await folder.collection.annotate([CALL, { ...CALL, label: "ship", kind: "negative" }]);
    expect((await together(folder.collection.blocks({ filter }))).ids).toEqual(expected);
  });

  test("windows by rms", async () => {
    await fill();
    const { rms } = await together(folder.collection.blocks({ filter: { rmsAtLeast: 0.25, rmsAtMost: 0.75 } }));
    const all = [...newWindows(10, 1), ...newWindows(10, 2)].map((window) => window.rms as number);
    expect(rms).toEqual(all.filter((value) => value >= 0.25 && value <= 0.75));
  });

  test("annotations: what is there already is known; two people stand side by side; a stranger is refused", async () => {
    await fill();
    const { collection } = folder;
    expect(await collection.annotate([CALL, CALL, { ...CALL, by: "ben" }, { ...CALL, start: 1 + 1e-9 }])).toEqual({
      added: 2,
      known: 2,
    });
    await expect(
      collection.annotate([
        { ...CALL, label: "new" },
        { ...CALL, recording: "haro/none.wav" },
      ]),
    ).rejects.toMatchObject({ code: "bad_option", message: expect.stringContaining("has no recording haro/none.wav") });
    // All or nothing.
    expect((await listOf(collection.annotations({ labels: ["orca"] }))).map(({ by }) => by)).toEqual(["ana", "ben"]);
    await collection.removeAnnotations([1]);
    expect((await listOf(collection.annotations())).map(({ id, by }) => [id, by])).toEqual([[2, "ben"]]);
  });

  test.each([
    ["another length", new Float32Array(3), "has 3 numbers"],
    ["NaN", new Float32Array(24).fill(Number.NaN, 5, 6), "is NaN at 5"],
    ["infinity", new Float32Array(24).fill(Number.POSITIVE_INFINITY, 7), "is Infinity at 7"],
  ])("a vector with %s is refused, and nothing of its recording kept", async (_, vector, message) => {
    await fill();
    const windows = [...newWindows(4), { start: 9, end: 10, vector }];
    await expect(folder.collection.put({ name: "haro/c.wav", deployment: HARO }, windows)).rejects.toMatchObject({
      code: "bad_option",
      message: expect.stringContaining(message),
    });
    expect(await folder.collection.counts()).toMatchObject({ recordings: 2, windows: 20 });
  });
});

describe("hoplite's index", () => {
  test("is written, completed and read; damaged, cut off or gone it is made again", async () => {
    expect(await folder.indexState()).toBe("missing");
    await fill();
    await folder.completeIndex();
    expect(await folder.indexState()).toBe("whole");
    const first = readFileSync(join(path, INDEX));
    // 20 rows of 24 halves; heads; levels and nodes.
    expect(first.length).toBe(8 + 20 * 48 + 64 + 40 + 20 * 2 + 20 * 142);
    await folder.collection.put({ name: "lime kiln/c.wav", deployment: LIME }, newWindows(5, 3));
    expect(await folder.indexState()).toBe("behind");
    await folder.completeIndex();
    const whole = readFileSync(join(path, INDEX));
    expect(whole.subarray(8, 8 + 20 * 48)).toEqual(first.subarray(8, 8 + 20 * 48));
    for (const length of [0, 7, 500, whole.length - 1]) {
      truncateSync(join(path, INDEX), length);
      expect(await folder.indexState()).toBe("damaged");
      await folder.completeIndex();
      expect(readFileSync(join(path, INDEX))).toEqual(whole);
    }
    const index = IndexFile.open(join(path, INDEX), 24) as IndexFile;
    const row = new Float32Array(24);
    expect(index.read(25, row, 0)).toBe(true);
    const written = newWindows(5, 3)[4]?.vector as Float32Array;
    // Half of the last of 11 bits, of numbers below 4.
    for (const [at, value] of row.entries())
      expect(Math.abs(value - (written[at] as number))).toBeLessThan(4 / 2 ** 12);
    expect(index.index.edges).toBe(false);
    index.close();
  });
});

describe("what cannot be used", () => {
  test.each<[string, () => void | Promise<void>, string]>([
    [
      "no SQLite",
      () => writeFileSync(join(path, DATABASE), "not a database, and long enough to be read as one"),
      "no SQLite database",
    ],
    ["an empty file", () => writeFileSync(join(path, DATABASE), ""), "no tables of a collection"],
    [
      "an empty file beside an index that is full",
      () => {
        writeFileSync(join(path, DATABASE), "");
        writeFileSync(join(path, INDEX), "vectors");
      },
      "the database was lost",
    ],
    [
      "its own model unreadable",
      () => run("UPDATE hoplite_metadata SET value = '{' WHERE key = 'orca_embeddings'"),
      "orca_embeddings cannot be read",
    ],
    [
      "a window without a place",
      () => run("UPDATE windows SET offsets = x'0000c07f0000c07f' WHERE id = 3"),
      "window 3 does not say when it starts",
    ],
    ["a newer form", () => set("orca_embeddings", { schema: 2 }), "was written by a newer version"],
    ["no dimensions", () => set("usearch_config", {}), "how many numbers a vector has"],
    ["half of it", () => truncateSync(join(path, DATABASE), statSync(join(path, DATABASE)).size / 2), "damaged"],
  ])("%s", async (_, damage, message) => {
    await fill();
    folder.close();
    await damage();
    const opening = async () => {
      folder = await CollectionFolder.open(path);
      await together(folder.collection.blocks());
    };
    await expect(opening()).rejects.toMatchObject({
      code: "collection_invalid",
      message: expect.stringContaining(message),
    });
    folder = await CollectionFolder.openForWriting(newFolder(), MODEL);
  });

  test("codes that are gone are made again, windows that came meanwhile or not", async () => {
    const module = await vectorModule();
    await folder.collection.put({ name: "a.wav", deployment: HARO }, newWindows(5000, 3));
    const made: number[] = [];
    const nearest = async () => {
      const codes = await folder.codes(module, (count) => made.push(count));
      return codes.candidates([newWindows(1, 3)[0]?.vector as Float32Array], "cosine", 6000).sort((a, b) => a - b);
    };
    const all = await nearest();
    expect(all).toHaveLength(5000);
    run("DELETE FROM orca_codes WHERE first = 1");
    expect(await nearest()).toEqual(all);
    await folder.collection.put({ name: "b.wav", deployment: HARO }, newWindows(10, 4));
    expect(await nearest()).toHaveLength(5010);
    expect(made).toEqual([5000, 5000, 10]);
  });

  test("examples whose products would be no numbers are refused", async () => {
    await fill();
    const example = new Float32Array(MODEL.dimensions).fill(1e30);
    const request = { examples: { positive: [example] }, measure: "dot", count: 3 } as const;
    await expect(searchCollection(folder.collection, await vectorModule(), request)).rejects.toMatchObject({
      code: "bad_option",
      message: expect.stringContaining("so large that its products are no numbers"),
    });
  });

  test("another model's vectors, and other weights", async () => {
    folder.close();
    for (const [model, message] of [
      [{ ...MODEL, dimensions: 25 }, "numbers a vector: 24, not 25"],
      [{ ...MODEL, id: "vggish" }, "the model: yamnet, not vggish"],
      [{ ...MODEL, sha256: "4567" }, "sha256: 0123, not 4567"],
      [{ ...MODEL, choices: {} }, "pcen: clip, not none"],
    ] as const) {
      await expect(CollectionFolder.openForWriting(path, model)).rejects.toMatchObject({
        code: "bad_option",
        message: expect.stringContaining(message),
      });
    }
    folder = await CollectionFolder.openForWriting(path, MODEL);
  });

  test("a name that holds no collection, or several", async () => {
    expect(await collectionPath(path)).toBe(path);
    await expect(collectionPath(join(path, "none"))).rejects.toMatchObject({ code: "collection_invalid" });
  });
});

describe.skipIf(!sharedExists)("a folder that perch-hoplite wrote", () => {
  const expected = () =>
    JSON.parse(readFileSync(sharedPath("hoplite/orcas/expected.json"), "utf8")) as {
      windows: { id: number; row: number }[];
      query_row: number;
      dot_top10: { id: number; score: number }[];
    };

  test("opens: counts, labels, vectors, and the ten best by inner product", async () => {
    const orcas = await CollectionFolder.open(sharedPath("hoplite/orcas"));
    const { windows, query_row, dot_top10 } = expected();
    expect(await orcas.collection.counts()).toEqual({ deployments: 2, recordings: 18, windows: 283, annotations: 41 });
    expect(await orcas.indexState()).toBe("whole");
    const x = readNpz(sharedPath("answers/yamnet_windows.npz")).get("X")?.data as Float32Array;
    const { ids, vectors } = await together(orcas.collection.blocks());
    expect(ids).toEqual(windows.map(({ id }) => id));
    const scores = ids.map((id, at) => {
      let score = 0;
      for (let d = 0; d < 1024; d++) score += (vectors[at * 1024 + d] as number) * (x[query_row * 1024 + d] as number);
      return { id, score };
    });
    const best = scores.toSorted((a, b) => b.score - a.score).slice(0, 10);
    expect(best.map(({ id }) => id)).toEqual(dot_top10.map(({ id }) => id));
    for (const [at, { score }] of best.entries())
      expect(Math.abs(score - (dot_top10[at]?.score ?? 0))).toBeLessThan(1e-2);
    orcas.close();
  });

  test("takes more from us, and keeps what it had: tables, rows, further columns, vectors of its own", async () => {
    cpSync(sharedPath("hoplite/orcas"), join(path, "orcas"), { recursive: true });
    const copy = join(path, "orcas");
    for (const file of [DATABASE, INDEX])
      writeFileSync(join(copy, file), readFileSync(sharedPath(`hoplite/orcas/${file}`)));
    const dump = (table: string) => {
      const database = new DatabaseSync(join(copy, DATABASE));
      const rows = database.prepare(`SELECT * FROM ${table}`).all();
      database.close();
      return rows;
    };
    const sqlite = new DatabaseSync(join(copy, DATABASE));
    sqlite.exec("ALTER TABLE recordings ADD COLUMN depth REAL; UPDATE recordings SET depth = 12.5");
    sqlite.close();
    const tables = ["hoplite_metadata", "deployments", "recordings", "windows", "annotations"];
    const before = tables.map(dump);
    const orcas = await CollectionFolder.openForWriting(copy);
    const had = await together(orcas.collection.blocks());
    await orcas.collection.put({ name: "haro/new.wav", deployment: HARO }, newWindows(3, 1, undefined, 1024));
    await orcas.completeIndex();
    expect(await orcas.indexState()).toBe("whole");
    const now = await together(orcas.collection.blocks());
    expect(now.ids.slice(283)).toEqual([284, 285, 286]);
    expect(now.vectors.slice(0, had.vectors.length)).toEqual(had.vectors);
    orcas.close();
    for (const [at, table] of tables.entries()) {
      const rows = dump(table);
      // HARO's place is known better now.
      for (const [row, value] of (before[at] ?? []).entries())
        expect(rows[row]).toMatchObject(table === "deployments" ? { name: value.name } : { ...value });
    }
  });
});

/** Straight to the database, as a program that knows nothing of us. */
function run(statement: string): void {
  const database = new DatabaseSync(join(path, DATABASE));
  database.exec(statement);
  database.close();
}

function set(key: string, value: object): void {
  const database = new DatabaseSync(join(path, DATABASE));
  database.prepare("UPDATE hoplite_metadata SET value = ? WHERE key = ?").run(JSON.stringify(value), key);
  database.close();
}
