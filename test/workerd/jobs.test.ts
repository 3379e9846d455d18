import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DevWorker, startDevWorker } from "../../scripts/support/dev-worker.ts";
import type { JobReport } from "../../src/edge/job.ts";
import { sceneWav } from "../support/recordings.ts";
import { assetsFolder } from "../support/test-models.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const COUNT = 30;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orca-jobs-"));
  const settings = await readFile(join(root, "wrangler.jobs.toml"), "utf8");
  const main = `main = ${JSON.stringify(join(root, "test/workerd/jobs-worker.ts"))}`;
  const assets = `directory = ${JSON.stringify(assetsFolder)}`;
  const own = settings.replace(/^main = .*$/m, main).replace(/^directory = .*$/m, assets);
  await writeFile(join(folder, "wrangler.toml"), own);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = () => startDevWorker({ config: join(folder, "wrangler.toml"), state: join(folder, "state") });
const report = async ({ url }: DevWorker, id: string) =>
  (await (await fetch(`${url}/v1/jobs/${id}`)).json()) as JobReport;
const post = (url: string, headers: Record<string, string> = {}, body?: object) =>
  fetch(url, { method: "POST", headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 100));
}

test("a job through real queues and objects, its process ended on the way: each recording has one result", {
  timeout: 300_000,
}, async () => {
  let worker = await start();
  try {
    for (let at = 0; at < COUNT; at++) {
      const wav = sceneWav(1);
      wav.fill(at, 1000, 2000);
      await fetch(`${worker.url}/test/site/${at}.wav`, { method: "PUT", body: wav });
    }
    const begun = await post(
      `${worker.url}/v1/jobs`,
      { "idempotency-key": "one" },
      { prefix: "site/", model: "yamnet" },
    );
    expect([begun.status, begun.headers.get("location")]).toEqual([201, "/v1/jobs/one"]);
    await until(async () => (await report(worker, "one")).done >= 3);
    await worker.stop();
    worker = await start();
    const left = await report(worker, "one");
    expect(left.done).toBeGreaterThanOrEqual(3);
    console.log(`${left.done} of ${left.recordings} were done when the process ended`);
    // What waits in a local queue ends with its process; Cloudflare's own stay.
    await post(`${worker.url}/v1/jobs/one/resume`);
    await until(async () => (await report(worker, "one")).state === "done");
    expect(await report(worker, "one")).toMatchObject({
      recordings: COUNT,
      done: COUNT,
      failed: 0,
      windows: 2 * COUNT,
    });
    const keys = (await (await fetch(`${worker.url}/test-list?prefix=embeddings/`)).json()) as string[];
    expect(keys.sort()).toEqual(
      Array.from({ length: COUNT }, (_, at) => `embeddings/site/${at}.wav.yamnet.parquet`).sort(),
    );
  } finally {
    await worker.stop();
  }
});
