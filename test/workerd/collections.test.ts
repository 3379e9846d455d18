import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { sceneWav } from "../support/recordings.ts";
import { assetsFolder } from "../support/test-models.ts";

let state = "";
let worker: PlainWorker | undefined;
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "orca-kept-"));
});
afterAll(async () => {
  await worker?.stop();
  await rm(state, { recursive: true, force: true });
});

test("workerd keeps a collection on its disk: searched while it grows, there after it was killed", async () => {
  worker = await startPlainWorker(assetsFolder, { ENGINE: "kernels", ENGINES: "kernels" }, state);
  const json = async (path: string, body?: object) => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${worker?.url}/v1/collections${path}`, init);
    expect(response.status).toBe(200);
    return (await response.json()) as { windows: number; results: { window: number }[] };
  };
  const send = async (name: string) =>
    (
      await fetch(`${worker?.url}/v1/embeddings?model=yamnet&collection=calls&file=${name}`, {
        method: "POST",
        body: sceneWav(8),
      })
    ).text();
  await send("one.wav");
  const growing = send("two.wav");
  for (let asked = 0; asked < 5; asked++)
    expect((await json("/calls/search", { windows: [1], top: 3, by: "codes" })).results).toHaveLength(3);
  const acknowledged = (await growing).split("\n").filter((line) => line.includes('"type":"window"')).length;
  const before = await json("/calls");
  expect(before.windows).toBe(2 * acknowledged);
  process.kill(worker.pid, "SIGKILL");
  await worker.stop();
  worker = await startPlainWorker(assetsFolder, { ENGINE: "kernels", ENGINES: "kernels" }, state);
  expect(await json("/calls")).toEqual(before);
  expect((await json("/calls/search", { windows: [1], top: 3 })).results).toHaveLength(3);

  // It is taken away as a database that SQLite finds nothing wrong with, whole.
  const exported = await fetch(`${worker?.url}/v1/collections/calls/export`);
  const files = unzipSync(new Uint8Array(await exported.arrayBuffer()));
  const path = join(state, "exported.sqlite");
  await writeFile(path, files["yamnet/hoplite.sqlite"] ?? new Uint8Array(0));
  const database = new DatabaseSync(path);
  expect(database.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  expect(database.prepare("SELECT count(*) AS count FROM orca_vectors").get()).toEqual({ count: before.windows });
  database.close();
});
