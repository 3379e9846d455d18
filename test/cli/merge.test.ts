import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wav16 } from "../../src/sample/index.ts";
import { CLI, orcaEmbed } from "../support/command-line.ts";
import { LONG } from "../support/long.ts";
import { until } from "../support/processes.ts";
import { noise } from "../support/recordings.ts";
import { thinFolder } from "../support/thin-folder.ts";

const SBATCH = fileURLToPath(new URL("../../deploy/archive.sbatch", import.meta.url));
const [FILES, SHARDS, KILLED, MERGES_KILLED] = LONG ? [320, 16, 3, 20] : [12, 4, 1, 1];
/** One window of YAMNet at 16 kHz, and two. */
const SAMPLES = [15_600, 23_280];

let folder = "";
const at = (...names: readonly string[]) => join(folder, ...names);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "orca-merge-"));
  await thinFolder(at("models"));
  for (let file = 0; file < FILES; file++) {
    const path = at(`sound/site-${file % 3}/20240501T12${String(file % 60).padStart(2, "0")}00Z-${file}.wav`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wav16(noise(SAMPLES[file % 2] as number, file), 16_000));
  }
  // The command as it is installed.
  mkdirSync(at("bin"));
  writeFileSync(at("bin/orca-embed"), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  chmodSync(at("bin/orca-embed"), 0o755);
  const single = await collect("single/year");
  expect(single.stdout).toContain(`${FILES} results: ${FILES} done`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const collect = (into: string, ...more: readonly string[]) =>
  orcaEmbed(["collect", at("sound"), "--into", at(into), "--models", at("models"), ...more]);
const merge = (...args: readonly string[]) => orcaEmbed(["merge", ...args]);
const environment = () => ({ ...process.env, PATH: [at("bin"), process.env.PATH].join(delimiter) });

interface Task {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

/** A task of the array, as SLURM starts it. */
function startTask(shard: number): Task {
  const child = spawn("bash", [SBATCH, at("sound"), at("parts"), "--models", at("models")], {
    stdio: "ignore",
    env: { ...environment(), SLURM_ARRAY_TASK_ID: String(shard), SHARDS: String(SHARDS) },
  });
  return { child, ended: new Promise((resolve) => child.on("close", resolve)) };
}

/** What a collection holds, but for ids. */
function contents(path: string): string[] {
  const database = new DatabaseSync(join(path, "hoplite.sqlite"), { readOnly: true });
  const rows = database
    .prepare(
      `SELECT r.filename, r.datetime, r.orca_made, r.orca_bytes, r.orca_modified, d.name, d.project, w.offsets, w.orca_rms,
         v.vector FROM windows w JOIN recordings r ON r.id = w.recording_id JOIN deployments d ON d.id = r.deployment_id
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

/** What a task has written down. */
function done(shard: number): number {
  const path = at(`parts/${shard}/.orca-embed/manifest.ndjson`);
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 2 : 0;
}

describe.skipIf(process.platform !== "linux")(`${SHARDS} tasks of an array, ${KILLED} of them killed`, () => {
  test("one more pass completes them; merged, they are a single run's collection to the bit, killed or not", async () => {
    const all = Array.from({ length: SHARDS }, (_, at) => at + 1);
    const tasks = all.map(startTask);
    const killed = all.slice(0, KILLED);
    await Promise.all(
      killed.map(async (shard) => {
        await until(() => done(shard) > 0);
        tasks[shard - 1]?.child.kill("SIGKILL");
      }),
    );
    const ended = await Promise.all(tasks.map((task) => task.ended));
    expect(ended.filter((code) => code === 0).length).toBe(SHARDS - KILLED);
    const before = all.map(done).reduce((sum, count) => sum + count);
    expect(await Promise.all(killed.map((shard) => startTask(shard).ended))).toEqual(killed.map(() => 0));
    // Each recording was written down once.
    expect(all.map(done).reduce((sum, count) => sum + count)).toBe(FILES);
    console.log(`${before} of ${FILES} recordings were there when ${KILLED} of ${SHARDS} tasks had been killed`);

    const parts = all.map((shard) => at(`parts/${shard}`));
    for (let kill = 0; kill < MERGES_KILLED; kill++) {
      const child = spawn(process.execPath, [CLI, "merge", ...parts, "--into", at("year")], { stdio: "ignore" });
      const end = new Promise((resolve) => child.on("close", resolve));
      setTimeout(() => child.kill("SIGKILL"), 200 + 600 * Math.random());
      await end;
      // Nothing, or all of it.
      if (existsSync(at("year/yamnet/hoplite.sqlite")))
        expect(contents(at("year/yamnet"))).toEqual(contents(at("single/year/yamnet")));
    }
    const merged = await merge(...parts, "--into", at("year"));
    expect([merged.stderr, merged.status]).toEqual(["", 0]);
    expect(merged.stdout).toContain(`${at("year/yamnet")}: `);
    expect(contents(at("year/yamnet"))).toEqual(contents(at("single/year/yamnet")));
    const again = await merge(...parts, "--into", at("year"));
    const windows = contents(at("year/yamnet")).length;
    expect(again.stdout).toBe(
      `${at("year/yamnet")}: all of it is there already: ${windows} windows of ${FILES} recordings.\n`,
    );
    // It knows what was collected.
    const more = await collect("year");
    expect(more.stdout).toContain(`${FILES} results: 0 done, ${FILES} already done`);
  });
});

const parallel = spawnSync("parallel", ["--version"]).stdout?.toString().includes("GNU");
if (parallel !== true) console.warn("Skipped: the line for GNU parallel, because it is not installed.");
test.skipIf(parallel !== true)("GNU parallel starts the shards, and takes the same line again", async () => {
  const docs = readFileSync(new URL("../../docs/archives.md", import.meta.url), "utf8");
  const line = /^parallel .*$/m.exec(docs)?.[0] ?? "";
  expect(line).toContain("--shard {}/16 ::: {1..16}");
  const tried = line
    .replaceAll("16", String(SHARDS))
    .replace("/archive/2023", at("sound"))
    .replace("/scratch/parts", at("parallel"))
    .replace("orca-embed collect", `orca-embed collect --models ${at("models")}`);
  for (let time = 0; time < 2; time++) {
    const child = spawn("bash", ["-c", tried], { stdio: "ignore", env: environment() });
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
  }
  const merged = await merge(
    ...Array.from({ length: SHARDS }, (_, one) => at(`parallel/${one + 1}`)),
    "--into",
    at("all"),
    "--project",
    "year",
  );
  expect(merged.status).toBe(0);
  expect(contents(at("all/yamnet"))).toEqual(contents(at("single/year/yamnet")));
});

test.each<[string, () => readonly string[], RegExp]>([
  ["a folder that is not there", () => ["nowhere"], /There is no folder nowhere/],
  ["one that is no collection", () => [at("sound")], /sound cannot be used: it holds no collection/],
  ["itself", () => [at("single/year")], /is the collection that the others are to be merged into/],
  ["another model's", () => [at("single/year"), "--model", "humpback"], /has no collection of humpback/],
])("%s is refused with a sentence", async (_, args, said) => {
  const ran = await merge(...args(), "--into", at("single/year"));
  expect(ran.stderr).toMatch(said);
  expect(ran.stderr).not.toContain("Unexpected");
  expect(ran.status).toBeGreaterThan(0);
});

test("a shard that had nothing is said, and the others are merged", async () => {
  mkdirSync(at("empty/.orca-embed"), { recursive: true });
  const ran = await merge(at("empty"), at("single/year"), "--into", at("with-empty"));
  expect(ran.stderr).toContain(`${at("empty")} holds no collection: its run found no recording, or has not ended.`);
  expect(ran.status).toBe(0);
});
