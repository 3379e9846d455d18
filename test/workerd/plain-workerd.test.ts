import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answers, freePort } from "../../src/cli/workerd/process.ts";
import { extract } from "../../src/extract.ts";
import { nodeRuntime } from "../../src/runtime.node.ts";
import { embedded } from "../support/client.ts";
import { sceneWav } from "../support/recordings.ts";
import { seededFolder } from "../support/test-models.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orca-plain-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** scripts/workerd.ts, as npm runs it. */
const write = (out: string, address: string) =>
  promisify(execFile)(
    process.execPath,
    ["scripts/run.mjs", "scripts/workerd.ts", "--out", out, "--address", address, "--models", seededFolder],
    { cwd: root },
  );

test("the folder that is written serves the models, wherever it is moved to", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const { stdout } = await write(join(folder, "written"), address);
  expect(stdout).toContain("./workerd serve config.capnp");
  // As it is copied to the box beside the hydrophone.
  const box = join(folder, "box");
  await rename(join(folder, "written"), box);
  expect(await readdir(join(box, "assets/models"))).toContain("manifest.json");
  const child: ChildProcess = spawn("./workerd", ["serve", "config.capnp"], { cwd: box, stdio: "inherit" });
  const exited = once(child, "exit");
  try {
    for (const deadline = Date.now() + 20_000; !(await answers(`http://${address}/healthz`)); ) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error("workerd did not start");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { windows } = await embedded(`http://${address}`, sceneWav(2), { query: "model=yamnet&encoding=base64" });
    const { embeddings } = await extract(sceneWav(2), "yamnet", { runtime: await nodeRuntime(seededFolder) }).result();
    expect(windows.flatMap(({ embedding }) => Array.from(embedding))).toEqual(Array.from(embeddings));
  } finally {
    child.kill("SIGTERM");
    await exited;
  }
});

test("a folder with something else in it is left as it is", async () => {
  const notes = await mkdtemp(join(folder, "notes-"));
  await writeFile(join(notes, "diary.txt"), "dear diary");
  await expect(write(notes, "127.0.0.1:1")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("holds something else"),
  });
  expect(await readdir(notes)).toEqual(["diary.txt"]);
});
