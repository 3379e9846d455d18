import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CollectionFolder } from "../../src/collection/folder.node.ts";
import { wav16 } from "../../src/sample/index.ts";
import { listOf, together } from "../support/collections.ts";
import { CLI, orcaEmbed } from "../support/command-line.ts";
import { LONG, runs } from "../support/long.ts";
import { childrenAreKnown, childrenOf, isAlive, until } from "../support/processes.ts";
import { noise } from "../support/recordings.ts";
import { seededFolder } from "../support/test-models.ts";
import { thinFolder } from "../support/thin-folder.ts";

const FILES = 24;
const RATE = 16_000;

let folder = "";
let models = "";
const at = (...names: readonly string[]) => join(folder, ...names);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "orca-collections-"));
  models = at("models");
  await thinFolder(models);
  for (let file = 0; file < FILES; file++) {
    const site = at(`recordings/site-${file % 3}`);
    mkdirSync(site, { recursive: true });
    // Each of another sound: windows of one file are more alike than those of two.
    const samples = noise(RATE * 2, file).map((value, n) => 0.1 * value + 0.4 * Math.sin(n * (0.05 + file * 0.04)));
    writeFileSync(
      join(site, `2024050${1 + (file % 9)}T12${String(file).padStart(2, "0")}00Z.wav`),
      wav16(samples, RATE),
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: readonly string[]) =>
  orcaEmbed(["collect", "search", "extract"].includes(args[0] ?? "") ? [...args, "--models", models] : args);

/** What a collection holds, but for ids: they depend on the order in which recordings came. */
function contents(path: string): string[] {
  const database = new DatabaseSync(join(path, "hoplite.sqlite"), { readOnly: true });
  const rows = database
    .prepare(
      `SELECT r.filename, r.datetime, d.name, w.offsets, w.orca_rms, v.vector FROM windows w
       JOIN recordings r ON r.id = w.recording_id JOIN deployments d ON d.id = r.deployment_id
       JOIN orca_vectors v ON v.window_id = w.id`,
    )
    .all();
  database.close();
  return rows
    .map((row) => {
      const hash = createHash("sha256");
      for (const value of Object.values(row)) hash.update(value instanceof Uint8Array ? value : String(value));
      return `${row.filename} ${hash.digest("hex")}`;
    })
    .sort();
}

describe("from recordings to answers", () => {
  test("collect keeps what extract gives, once, and goes on where it was", async () => {
    const first = await run("collect", at("recordings/site-0"), "--into", at("calls"), "--base", at("recordings"));
    expect(first.stderr).not.toContain("orca-embed:");
    expect(first.stdout).toContain("8 results: 8 done");
    const all = await run("collect", at("recordings"), "--into", at("calls"), "--jobs", "2");
    expect(all.stdout).toContain(`${FILES} results: 16 done, 8 already done`);
    const calls = await CollectionFolder.open(at("calls/yamnet"));
    const { collection } = calls;
    expect(await collection.counts()).toMatchObject({ deployments: 3, recordings: FILES, windows: FILES * 4 });
    expect(await calls.indexState()).toBe("whole");
    expect(calls.audioSources()).toEqual([{ project: "calls", base: at("recordings") }]);
    const [recording] = await listOf(collection.recordings());
    expect(recording).toMatchObject({
      deployment: { project: "calls" },
      seconds: 2,
      made: { complete: true, findings: [] },
    });
    expect(new Date(recording?.utc ?? 0).toISOString()).toMatch(/^2024-05-0\dT12:\d\d:00.000Z$/);
    calls.close();
    // The numbers are those of extract, exactly, by whichever form they come.
    await run("extract", at("recordings"), "--out", at("results"), "--format", "parquet,ndjson");
    for (const form of ["parquet", "ndjson"]) {
      const files = readdirSync(at("results"), { recursive: true, encoding: "utf8" }).filter(
        (name) => name.endsWith(form) && !name.startsWith(".orca-embed"),
      );
      const paths = files.map((name) => at("results", name));
      const into = at(`imported-${form}`);
      const taken = await run("import", ...paths, "--into", into, "--base", at("results"), "--project", "calls");
      expect(taken.stderr).toBe("");
      expect(taken.stdout).toContain(`${FILES * 4} windows of ${FILES} recordings taken`);
      expect(contents(join(into, "yamnet"))).toEqual(contents(at("calls/yamnet")));
    }
    // Recordings that several files have count once, and what was there is told from what is new.
    const both = await run("import", at("results"), "--into", at("imported-both"), "--project", "calls");
    expect(both.stdout).toContain(`: ${FILES * 4} windows of ${FILES} recordings taken.\n`);
    const again = await run("import", at("results/site-0"), "--into", at("imported-both"), "--base", at("results"));
    expect(again.stdout).toContain(
      ": 32 windows of 8 recordings taken; 32 windows of 8 recordings were there already.",
    );
  });

  test("search finds a recording's windows by one of them, by a file, by a label; label takes and gives tables", async () => {
    const search = async (...args: readonly string[]) => {
      const { stdout, stderr, status } = await run("search", at("calls"), "--format", "ndjson", ...args);
      const said = stderr
        .replace(/Codes of \d+ windows were made.\n/, "")
        .replace(/^.* is shorter than a window .*\n/, "");
      expect([said, status]).toEqual(["", 0]);
      return stdout
        .trim()
        .split("\n")
        .map(
          (line) =>
            JSON.parse(line) as { recording: string; window: number; score: number; measure: string; windows?: number },
        );
    };
    const name = "site-1/20240505T121300Z.wav";
    const calls = await CollectionFolder.open(at("calls/yamnet"));
    const own = await together(calls.collection.blocks({ filter: { recordings: [name] }, vectors: false }));
    calls.close();
    const byWindow = await search("--window", String(own.ids[1]), "--top", "3");
    // The nets are untrained: what is alike says nothing, but a window is not its own answer.
    expect(byWindow).toHaveLength(3);
    expect(byWindow.map(({ window }) => window)).not.toContain(own.ids[1]);
    expect(byWindow.map(({ score }) => score)).toEqual(byWindow.map(({ score }) => score).sort((a, b) => b - a));
    expect(await search("--window", String(own.ids[1]), "--top", "3", "--by", "codes")).toEqual(byWindow);
    const [byFile] = await search("--like", `${at("recordings", name)}@0.5-1.4`, "--top", "1");
    expect(byFile).toMatchObject({ recording: name, window: own.ids[1], measure: "cosine" });
    expect(byFile?.score).toBeCloseTo(1, 5);
    writeFileSync(at("labels.csv"), `file,start,end,label,by\n${name},0,1,tone/low,ana\nnowhere.wav,0,1,tone,ana\n`);
    const taken = await run("label", at("calls"), "--import", at("labels.csv"));
    expect(taken.stdout).toBe(`${at("calls/yamnet")}: 1 label added.\n`);
    expect(taken.stderr).toContain("labels of 1 other recording");
    expect((await run("label", at("calls"), "--export", "-", "--format", "hoplite")).stdout).toBe(
      `recording,start_offset_s,end_offset_s,label,label_type\n${name},0,1,tone/low,positive\n`,
    );
    const [byLabel] = await search("--label", "tone", "--top", "5", "--events", "--deployment", "site-1");
    expect(byLabel?.recording).toMatch(/^site-1\//);
    // Eight recordings of four windows: three windows make three events at most, and none of windows that are not among them.
    const events = await search("--window", String(own.ids[1]), "--top", "3", "--events");
    expect(events.reduce((sum, { windows = 1 }) => sum + windows, 0)).toBe(3);
    const filtered = await search("--label", "tone", "--from", "2024-05-06T00:00:00Z", "--to", "2024-05-07T00:00:00Z");
    expect(new Set(filtered.map(({ recording }) => recording.slice(7, 15)))).toEqual(new Set(["20240506"]));
    const clips = await run(
      "search",
      at("calls"),
      "--window",
      String(own.ids[0]),
      "-n",
      "2",
      "--clips",
      at("clips"),
      "-f",
      "raven",
      "-o",
      at("found.txt"),
    );
    expect(clips.stderr).toBe("");
    expect(readdirSync(at("clips")).map((file) => file.slice(-4))).toEqual([".png", ".wav", ".png", ".wav"]);
    // No model is needed for them; sound is.
    const args = ["search", at("calls"), "--window", String(own.ids[0]), "-n", "1", "--models", at("none")];
    expect(await orcaEmbed([...args, "--clips", at("clips-2")])).toMatchObject({ status: 0, stderr: "" });
    expect(readdirSync(at("clips-2"))).toHaveLength(2);
    const silent = await orcaEmbed([...args, "--clips", at("clips-3"), "--audio", at("none")]);
    expect([silent.status, silent.stderr]).toEqual([1, expect.stringContaining("--audio says where recordings lie")]);
    const table = readFileSync(at("found.txt"), "utf8").trim().split("\n");
    // YAMNet hears up to 8 kHz: a box without height is not seen in Raven.
    expect(table.slice(1).map((row) => row.split("\t").slice(5, 7))).toEqual([
      ["0", "8000"],
      ["0", "8000"],
    ]);
    const labels = (await run("label", at("calls"), "--export", "-", "--format", "raven")).stdout.split("\n");
    expect(labels[1]?.split("\t").slice(5, 7)).toEqual(["0", "8000"]);
  });

  test("explore serves it to this machine: search, labels, sound", async () => {
    const args = [CLI, "explore", at("calls"), "--models", models];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const [printed] = (await once(child.stdout, "data")) as [Buffer];
      const url = printed.toString().split("\n")[0] as string;
      const ask = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, init);
      expect(await (await ask("")).json()).toEqual({ collections: [{ name: "calls", model: "yamnet" }] });
      // Half an escape is an address at which nothing is.
      for (const path of ["/%", "/calls/%FF"]) expect((await ask(path)).status).toBe(404);
      const search = { method: "POST", body: JSON.stringify({ windows: [1], top: 2, by: "codes" }) };
      expect(await (await ask("/calls/search", search)).json()).toMatchObject({ results: [{ rank: 1 }, { rank: 2 }] });
      const name = "site-0/20240501T120000Z.wav";
      const sound = await (await ask(`/calls/audio?recording=${name}&start=0.5&end=1`)).arrayBuffer();
      expect(sound.byteLength).toBe(44 + RATE);
      expect((await ask("", { headers: { origin: "http://elsewhere.example" } })).status).toBe(403);
      expect((await ask("/calls/audio?recording=../models/manifest.json&start=0&end=1")).status).toBe(404);
    } finally {
      child.kill("SIGTERM");
    }
  });

  test.each([
    [["search", "nothing", "--window", "1"], "nothing cannot be used: it holds no collection"],
    [["search", "calls"], "There is nothing to look for."],
    [["search", "calls", "--window", "99999"], "The collection has no window 99999."],
    [
      ["search", "calls", "--window", "1", "--deployment", "mars"],
      'The collection has no deployment "mars". It has "site-0", "site-1", "site-2".',
    ],
    [["search", "calls", "--label", "ufo"], 'No window has the label "ufo".'],
    [["search", "calls", "--like", "none.wav@3-2"], "it ends before it begins"],
    [["search", "calls", "--like", "recordings/site-1/20240505T121300Z.wav@90"], "20240505T121300Z.wav is 2 s long."],
    [["search", "calls", "--vector", "labels.csv"], "it is no .npy, and no JSON list of numbers"],
    [["label", "calls", "--agree", "ana,ben"], "Nobody called ben has labelled anything here."],
    [["import", "labels.csv", "--into", "x"], "labels.csv is none of ndjson, npz, parquet"],
    [["collect", "-", "--into", "x"], "Standard input (-) has no name in a collection."],
  ] as const)("%j is refused in a sentence", async (args, message) => {
    const named = args.map((arg) => (arg === "x" || existsSync(at(arg.split("@")[0] ?? "")) ? at(arg) : arg));
    const { stderr, status } = await run(...named);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("Unexpected");
    expect(status).toBeGreaterThan(0);
  });

  test("other weights are refused, and a second run at the same time", async () => {
    const other = await orcaEmbed([
      "collect",
      at("recordings/site-0"),
      "--into",
      at("calls"),
      "--base",
      at("recordings"),
      "--redo",
      "--models",
      seededFolder,
    ]);
    expect(other.stderr).toMatch(/holds other embeddings \(numbers a vector: 128, not 1024\)/);
    expect(other.status).not.toBe(0);
    const runs = await Promise.all([0, 1].map(() => run("collect", at("recordings"), "--into", at("twice"))));
    expect(runs.map(({ status }) => status).sort()).toEqual([0, 2]);
    expect(runs.map(({ stderr }) => stderr).join("")).toContain("is writing there");
  });
});

describe.skipIf(!childrenAreKnown)("a run that is killed", () => {
  test.each(
    Array.from({ length: runs(1, 20) }, (_, trial) => ({
      trial,
      // In the long run at moments by chance, each of a collection of its own.
      waits: LONG ? [1500 * Math.random()] : [300, 750, 1200],
    })),
  )("goes on where it was: every window once ($trial)", async ({ trial, waits }) => {
    const into = at(`killed-${trial}`);
    for (const wait of waits) {
      const running = startRun(["collect", at("recordings"), "--into", into, "--jobs", "2"]);
      await until(() => childrenOf(running.pid).length === 2);
      await new Promise((resolve) => setTimeout(resolve, wait));
      const workers = childrenOf(running.pid);
      running.child.kill("SIGKILL");
      await running.ended;
      await until(() => !workers.some(isAlive));
    }
    const last = await run("collect", at("recordings"), "--into", into);
    expect(last.status).toBe(0);
    if (LONG) console.log(`killed after ${waits} ms: ${last.stdout.trim()}`);
    expect(contents(join(into, "yamnet"))).toEqual(contents(at("calls/yamnet")));
    const killed = await CollectionFolder.open(join(into, "yamnet"));
    expect(await killed.indexState()).toBe("whole");
    killed.close();
  });
});

function startRun(args: readonly string[]) {
  const child = spawn(process.execPath, [CLI, ...args, "--models", models], { stdio: "ignore" });
  return { child, pid: child.pid ?? 0, ended: new Promise((resolve) => child.on("close", resolve)) };
}
