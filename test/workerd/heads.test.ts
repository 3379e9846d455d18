import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlainWorker, startPlainWorker } from "../../src/cli/workerd/plain-worker.ts";
import { extract } from "../../src/extract.ts";
import { headText, probability } from "../../src/heads/index.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { logitsOf, madeHead } from "../heads/support.ts";
import { embedded } from "../support/client.ts";
import { sceneWav } from "../support/recordings.ts";
import { assetsFolder, seededFolder } from "../support/test-models.ts";

const head = madeHead(1024, ["call", "ship"], { id: "site" });
const file = join(assetsFolder, "models/workerd-test.head.json");
let worker: PlainWorker;
beforeAll(async () => {
  writeFileSync(file, headText(head));
  worker = await startPlainWorker(assetsFolder);
});
afterAll(async () => {
  await worker?.stop();
  rmSync(file, { force: true });
});

test("a head says in workerd what it says in Node", async () => {
  const wav = sceneWav(4);
  const query = "model=yamnet&heads=workerd-test&encoding=base64";
  const { header, windows: said } = await embedded(worker.url, wav, { query, type: "audio/wav" });
  const windows = said.filter(({ type }) => type === "window");
  expect(header.heads?.map(({ id }) => id)).toEqual(["site"]);
  const heads = { trained: [{ head, sha256: "" }], rules: [] };
  const { heads: here } = await extract(wav, "yamnet", { heads, runtime: await nodeRuntime(seededFolder) }).result();
  expect(windows.length).toBe(8);
  for (const [at, { embedding, heads: there }] of windows.entries()) {
    for (const [k, logit] of logitsOf(head, embedding).entries()) {
      const name = head.classes[k]?.name ?? "";
      expect(Math.abs((there?.site?.[name] ?? 2) - probability(logit, undefined))).toBeLessThan(1e-9);
      expect(Math.abs((there?.site?.[name] ?? 2) - (here?.[at]?.site?.[name] ?? 0))).toBeLessThan(1e-6);
    }
  }
});
