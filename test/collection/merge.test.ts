import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CollectionFolder, DATABASE } from "../../src/collection/folder.node.ts";
import type { CollectionModel, RecordingFacts } from "../../src/collection/index.ts";
import { mergeCollections } from "../../src/collection/merge.node.ts";
import type { Annotation } from "../../src/labels/index.ts";
import { vectorModule } from "../../src/runtime.node.ts";
import { listOf, MODEL, newFolder, newWindows } from "../support/collections.ts";

let root = "";
beforeEach(() => {
  root = newFolder();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const placeOf = (name: string) => join(root, name, "yamnet");
const START = Date.UTC(2024, 4, 1);

interface Recorded {
  readonly site: string;
  readonly file: string;
  readonly windows: number;
  readonly seed: number;
  readonly modified?: number;
  readonly labels?: readonly Partial<Annotation>[];
}

/** A collection as `collect` writes it. */
async function collect(name: string, recordings: readonly Recorded[], model: CollectionModel = MODEL, base = "/sound") {
  const folder = await CollectionFolder.openForWriting(placeOf(name), model);
  folder.addAudioSource({ project: name, base });
  for (const { site, file, windows, seed, modified = 5, labels = [] } of recordings) {
    const facts: RecordingFacts = {
      name: `${site}/${file}`,
      deployment: { name: site, project: name, latitude: 48.5, longitude: -123 },
      utc: START + seed,
      seconds: windows,
      bytes: 100 + seed,
      modified,
      made: { engine: "kernels", complete: true, findings: [] },
    };
    await folder.collection.put(facts, newWindows(windows, seed, seed % 2 === 0 ? START : undefined));
    const said: Annotation = { recording: facts.name, start: 0, end: 1, label: "orca", kind: "positive", by: "ana" };
    await folder.collection.annotate(labels.map((label) => ({ ...said, ...label })));
  }
  await folder.completeIndex();
  folder.close();
}

const draftOf = (into: string) => join(root, into, ".orca-embed/merge.sqlite");
const merge = (names: readonly string[], into = "year", rename = false, pause?: () => Promise<void>) =>
  mergeCollections(
    names.map((name) => ({ path: placeOf(name), name })),
    { into: placeOf(into), draft: draftOf(into), name: into, rename, ...(pause === undefined ? {} : { pause }) },
  );

/** All that a collection holds, but for ids. */
function contents(name: string): unknown {
  const database = new DatabaseSync(join(placeOf(name), DATABASE), { readOnly: true });
  const all = (statement: string) =>
    database
      .prepare(statement)
      .all()
      .map((row) => JSON.stringify(row))
      .sort();
  const read = {
    deployments: all("SELECT name, project, latitude, longitude FROM deployments"),
    windows: all(
      `SELECT r.filename, r.datetime, r.orca_seconds, r.orca_bytes, r.orca_modified, r.orca_made, d.name, d.project,
         hex(w.offsets) AS o, w.orca_utc, w.orca_rms, hex(v.vector) AS v
       FROM windows w JOIN recordings r ON r.id = w.recording_id JOIN deployments d ON d.id = r.deployment_id
       JOIN orca_vectors v ON v.window_id = w.id`,
    ),
    annotations: all(
      `SELECT r.filename, hex(a.offsets) AS o, a.label, a.label_type, a.provenance, a.orca_when, a.orca_note, a.orca_low,
         a.orca_high FROM annotations a JOIN recordings r ON r.id = a.recording_id`,
    ),
    metadata: all("SELECT key, value FROM hoplite_metadata WHERE key NOT IN ('orca_merged', 'orca_codes')"),
  };
  database.close();
  return read;
}

const A: Recorded = {
  site: "haro",
  file: "a.wav",
  windows: 9,
  seed: 1,
  labels: [{}, { label: "ship", by: "ben", note: "two", low: 10, high: 90 }],
};
const B: Recorded = {
  site: "haro",
  file: "b.wav",
  windows: 5,
  seed: 2,
  labels: [{ kind: "negative", when: "2024-05-02T00:00:00.000Z" }],
};
const C: Recorded = { site: "lime", file: "a.wav", windows: 7, seed: 3 };

describe("several collections become one", () => {
  test("it is what one run would have written, to the bit, and there is nothing to do the next time", async () => {
    await collect("1", [A]);
    await collect("2", [C]);
    await collect("3", [B]);
    const counts = await merge(["1", "2", "3"]);
    expect(counts?.map(({ recordings, windows, annotations }) => [recordings, windows, annotations])).toEqual([
      [1, 9, 2],
      [1, 7, 0],
      [1, 5, 1],
    ]);
    const merged = contents("year");
    rmSync(join(root, "year"), { recursive: true });
    await collect("year", [A, B, C]);
    expect(merged).toEqual(contents("year"));
    rmSync(join(root, "year"), { recursive: true });
    await merge(["3", "1", "2"]);
    expect(contents("year")).toEqual(merged);
    expect(await merge(["1", "2", "3"])).toBeUndefined();
    expect(existsSync(join(root, "year/.orca-embed/merge.sqlite"))).toBe(false);
  });

  test("a recording of two parts has its windows once, with the labels of both; of two states of its file the later counts", async () => {
    await collect("1", [A, B]);
    await collect("2", [
      { ...A, labels: [{}, { by: "cho" }] },
      { ...B, seed: 8, windows: 6, modified: 6, labels: [] },
    ]);
    const counts = await merge(["1", "2"]);
    expect(counts).toMatchObject([{ recordings: 2 }, { recordings: 0, windows: 6, known: 1, newer: ["haro/b.wav"] }]);
    const both = contents("year");
    rmSync(join(root, "year"), { recursive: true });
    await merge(["2", "1"]);
    expect(contents("year")).toEqual(both);
    rmSync(join(root, "year"), { recursive: true });
    await collect("year", [
      { ...A, labels: [...(A.labels ?? []), { by: "cho" }] },
      { ...B, seed: 8, windows: 6, modified: 6 },
    ]);
    expect(both).toEqual(contents("year"));
  });

  test("what is added to one that is there keeps its windows' numbers, its labels and its codes", async () => {
    await collect("year", [A]);
    await collect("1", [A, B]);
    const module = await vectorModule();
    const encoded = async () => {
      let count = 0;
      const folder = await CollectionFolder.openForWriting(placeOf("year"));
      await folder.codes(module, (more) => {
        count += more;
      });
      const ids = (await folder.collection.windows([1, 9], false)).count;
      folder.close();
      return [count, ids];
    };
    expect(await encoded()).toEqual([9, 2]);
    expect(await merge(["1"])).toMatchObject([{ recordings: 1, windows: 5, known: 1, annotations: 1 }]);
    expect(await encoded()).toEqual([5, 2]);
    const added = contents("year");
    rmSync(join(root, "year"), { recursive: true });
    await collect("year", [A, B]);
    expect(added).toEqual(contents("year"));
  });

  test("what perch-hoplite added, and its own columns, come along", async () => {
    await collect("1", [C]);
    const database = new DatabaseSync(join(placeOf("1"), DATABASE));
    database.exec("DELETE FROM orca_vectors WHERE window_id > 3; ALTER TABLE windows ADD COLUMN quality REAL");
    database.exec("UPDATE windows SET quality = id / 2.0; INSERT INTO hoplite_metadata VALUES ('theirs', '{\"a\":1}')");
    database.close();
    await collect("2", [A]);
    await merge(["2", "1"]);
    const merged = new DatabaseSync(join(placeOf("year"), DATABASE), { readOnly: true });
    expect(merged.prepare("SELECT count(*) AS n, sum(quality) AS q FROM windows").get()).toEqual({ n: 16, q: 14 });
    expect(merged.prepare("SELECT value FROM hoplite_metadata WHERE key = 'theirs'").get()?.value).toBe('{"a":1}');
    merged.close();
    const folder = await CollectionFolder.open(placeOf("year"));
    const [block] = await listOf(folder.collection.blocks({ filter: { recordings: ["lime/a.wav"] } }));
    folder.close();
    const exact = newWindows(7, 3).flatMap(({ vector }) => [...vector]);
    expect([...(block?.vectors ?? [])].slice(0, 72)).toEqual(exact.slice(0, 72));
    // As float16, which is what hoplite keeps.
    for (const [at, value] of exact.entries()) expect(block?.vectors[at]).toBeCloseTo(value, 2);
  });

  test("sets of recordings from two folders keep their names; a wish makes them one", async () => {
    await collect("1", [A]);
    await collect("2", [C], MODEL, "/elsewhere");
    await merge(["1", "2"]);
    const names = async () => {
      const folder = await CollectionFolder.open(placeOf("year"));
      const found = [(await folder.collection.deployments()).map(({ project }) => project), folder.audioSources()];
      folder.close();
      rmSync(join(root, "year"), { recursive: true });
      return found;
    };
    expect(await names()).toEqual([
      ["1", "2"],
      [
        { project: "1", base: "/sound" },
        { project: "2", base: "/elsewhere" },
      ],
    ]);
    await expect(merge(["1", "2"], "year", true)).rejects.toThrow(
      `${placeOf("2")} has recordings of year in /elsewhere, and others have them in /sound.`,
    );
    await collect("2", [C]);
    await merge(["1", "2"], "year", true);
    expect(await names()).toEqual([["year", "year"], [{ project: "year", base: "/sound" }]]);
  });
});

describe("what cannot be one collection is refused, and nothing is left of it", () => {
  test.each<[string, readonly Recorded[], CollectionModel, RegExp]>([
    [
      "other weights",
      [C],
      { ...MODEL, sha256: "9" },
      /1\/yamnet and .*2\/yamnet hold other embeddings \(the weights' sha256: 0123, not 9\)/,
    ],
    ["another variant", [C], { ...MODEL, variant: "int8" }, /the variant: fp32, not int8/],
    ["another choice", [C], { ...MODEL, choices: { pcen: "window" } }, /pcen: clip, not window/],
    [
      "other windows",
      [{ ...A, seed: 9 }],
      MODEL,
      /haro\/a\.wav has other windows in .*2\/yamnet than in .*1\/yamnet, and nothing says which are newer/,
    ],
  ])("%s", async (_, recordings, model, said) => {
    await collect("1", [A]);
    await collect("2", recordings, model);
    await expect(merge(["1", "2"])).rejects.toMatchObject({ code: "bad_option", message: expect.stringMatching(said) });
    expect(existsSync(join(placeOf("year"), DATABASE))).toBe(false);
    await collect("year", [B]);
    const before = contents("year");
    await expect(merge(["1", "2"])).rejects.toMatchObject({ code: "bad_option" });
    expect(contents("year")).toEqual(before);
  });
});

test("a merge that is broken off after any of its steps goes on to the same collection", async () => {
  const many = { ...A, windows: 2100, seed: 4 };
  await collect("1", [many, C]);
  await collect("2", [{ ...B, windows: 2100 }]);
  await merge(["1", "2"]);
  const whole = contents("year");
  for (let step = 0; ; step++) {
    rmSync(join(root, "year"), { recursive: true });
    const left = await brokenOff(["1", "2"], step);
    if (left) mark(draftOf("year"));
    await merge(["1", "2"]);
    if (left) expect(marked("year")).toBe(true);
    expect(contents("year")).toEqual(whole);
    if (!left) {
      expect(step).toBe(3);
      return;
    }
  }
});

/** What has this mark is the draft that was begun, and no other one. */
function mark(path: string): void {
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE mark (a)");
  database.close();
}

function marked(name: string): boolean {
  const database = new DatabaseSync(join(placeOf(name), DATABASE), { readOnly: true });
  const found = database.prepare("SELECT name FROM sqlite_master WHERE name = 'mark'").get() !== undefined;
  database.close();
  return found;
}

/** Begins a merge and leaves it after some steps; false where it had no more. */
async function brokenOff(names: readonly string[], steps: number): Promise<boolean> {
  let step = 0;
  try {
    await merge(names, "year", false, async () => {
      if (step++ === steps) throw new Error("broken off");
    });
    return false;
  } catch (thrown) {
    if ((thrown as Error).message !== "broken off") throw thrown;
    return true;
  }
}
