import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { type DevWorker, startDevWorker } from "../../../scripts/support/dev-worker.ts";
import { residentMemory } from "../../../src/cli/workerd/process.ts";
import type { JobReport } from "../../../src/edge/index.ts";
import { wav16 } from "../../../src/sample/index.ts";
import { noise } from "../../support/recordings.ts";
import { assetsFolder } from "../../support/test-models.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const RATE = 16_000;

/** A job under wrangler dev, whose processes are killed on the way. Every message is done twice. */
export interface KilledJobs {
  /** Recordings of a second, and one of `long` seconds, which is done in pieces of three. */
  readonly count: number;
  readonly long: number;
  readonly kills: number;
}

/** What it came to: all that a test asks is asked here but the log's line. */
export async function killedJobs({ count, long, kills }: KilledJobs): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "orca-jobs-"));
  const start = () =>
    startDevWorker({
      config: join(folder, "wrangler.toml"),
      state: join(folder, "state"),
      vars: { PIECE_SECONDS: "3" },
    });
  let worker: DevWorker | undefined;
  try {
    await writeFile(join(folder, "wrangler.toml"), await settings());
    worker = await start();
    const { url } = worker;
    const names = Array.from({ length: count }, (_, at) => `site/${String(at).padStart(4, "0")}.wav`);
    const put = async (name: string, seconds: number, seed: number) =>
      void (await fetch(`${url}/test/${name}`, { method: "PUT", body: wav16(noise(seconds * RATE, seed), RATE) }));
    for (const [at, name] of names.entries()) await put(name, 1, at);
    await put("site/long.wav", long, count);
    const body = JSON.stringify({ prefix: "site/", model: "yamnet" });
    const begun = await fetch(`${url}/v1/jobs`, { method: "POST", headers: { "idempotency-key": "one" }, body });
    expect([begun.status, begun.headers.get("location")]).toEqual([201, "/v1/jobs/one"]);
    const since = Date.now();
    const memory: number[] = [];
    const left: number[] = [];
    for (let kill = 1; kill <= kills; kill++) {
      const enough = Math.floor((kill * count) / (kills + 1));
      await until(async () => (await report(worker as DevWorker)).done >= enough);
      memory.push(await memoryOf(worker));
      await worker.kill();
      worker = await start();
      const there = await report(worker);
      expect(there.done).toBeGreaterThanOrEqual(enough);
      left.push(there.done);
      // What waits in a local queue ends with its process; Cloudflare's own stay.
      await fetch(`${worker.url}/v1/jobs/one/resume`, { method: "POST" });
    }
    await until(async () => (await report(worker as DevWorker)).state === "done");
    memory.push(await memoryOf(worker));
    const took = (Date.now() - since) / 1000;
    const done = await report(worker);
    expect(done).toMatchObject({ recordings: count + 1, done: count + 1, failed: 0, seconds: count + long });
    const results = [...names, "site/long.wav"].map((name) => `embeddings/${name}.yamnet.parquet`);
    expect(await keys(worker, "embeddings/")).toEqual(results.sort());
    // One write each: a process that was killed between a write and its note leaves none.
    const notes = (await keys(worker, "written/embeddings/site/")).map((note) =>
      note.split("/").slice(1, -1).join("/"),
    );
    expect(new Set(notes).size).toBe(notes.length);
    expect(notes.length).toBeGreaterThanOrEqual(count + 1 - 2 * kills);
    return (
      `${count} recordings and one of ${long} s, every message twice, killed when ${left.join(", ")} were done: ` +
      `one result each, ${notes.length} writes of them, ${took.toFixed(0)} s; workerd has ${memory.map((bytes) => Math.round(bytes / 2 ** 20)).join(", ")} MB`
    );
  } finally {
    await worker?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function settings(): Promise<string> {
  const text = await readFile(join(root, "wrangler.jobs.toml"), "utf8");
  const main = `main = ${JSON.stringify(join(root, "test/workerd/jobs-worker.ts"))}`;
  const assets = `directory = ${JSON.stringify(assetsFolder)}`;
  return text.replace(/^main = .*$/m, main).replace(/^directory = .*$/m, assets);
}

const report = async ({ url }: DevWorker) => (await (await fetch(`${url}/v1/jobs/one`)).json()) as JobReport;
const keys = async ({ url }: DevWorker, prefix: string) =>
  (await (await fetch(`${url}/test-list?prefix=${prefix}`)).json()) as string[];

async function memoryOf(worker: DevWorker): Promise<number> {
  const [largest = 0] = await worker.runtimes();
  return await residentMemory(largest);
}

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 100));
}
