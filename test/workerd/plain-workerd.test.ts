import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { settingsIn } from "../../src/cli/workerd/bundle.ts";
import { answers, freePort } from "../../src/cli/workerd/process.ts";
import { extract } from "../../src/extract.ts";
import { SETTINGS } from "../../src/http/index.ts";
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
const write = (out: string, address: string, vars: Readonly<Record<string, string>> = {}) => {
  const options = ["--out", out, "--address", address, "--models", seededFolder];
  const given = Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
  return promisify(execFile)(process.execPath, ["scripts/run.mjs", "scripts/workerd.ts", ...options, ...given], {
    cwd: root,
  });
};

/** Each setting that there is. */
const EVERY = {
  VARIANT: "int8",
  ENGINE: "kernels",
  ENGINES: "kernels",
  HYDROPHONES: "{}",
  WATCHES: "",
  MAX_MODEL_BYTES: "500000000",
  MAX_BODY_BYTES: "1000000",
  MAX_AUDIO_SECONDS: "100",
  IDLE_SECONDS: "7",
  MAX_STREAMS: "3",
  MAX_BUNDLE_WINDOWS: "10",
  CLIENT_STREAMS: "2",
  CLIENT_REQUESTS: "50",
  CLIENT_AUDIO_SECONDS: "200",
  ALLOWED_ORIGINS: "https://lab.example.org",
  ALLOWED_HOSTS: "loopback, sea.example.org",
  BEHIND_PROXY: "0",
  TOKENS: "",
  LOG: "none",
  MODEL_FILES: "none",
  MODELS_PREFIX: "models/",
};

test("the folder that is written serves the models, wherever it is moved to", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  expect(Object.keys(EVERY).sort()).toEqual([...SETTINGS].sort());
  const { stdout } = await write(join(folder, "written"), address, EVERY);
  expect(stdout).toContain("./workerd serve config.capnp");
  // As it is copied to the box beside the hydrophone.
  const box = join(folder, "box");
  await rename(join(folder, "written"), box);
  expect(await readdir(join(box, "assets/models"))).toContain("manifest.json");
  // What it was told, for one workerd and for serve; whose code it is.
  const config = await readFile(join(box, "config.capnp"), "utf8");
  expect(settingsIn(config)).toEqual(EVERY);
  expect(config).toContain("localDisk");
  const served = await readFile(join(box, "serve.capnp"), "utf8");
  expect(settingsIn(served)).toEqual(EVERY);
  expect(served).not.toContain("localDisk");
  expect(await readdir(box)).toEqual(expect.arrayContaining(["LICENSE", "NOTICE", "LICENCES.txt"]));
  const licences = await readFile(join(box, "LICENCES.txt"), "utf8");
  for (const name of ["hono", "zod", "workerd"])
    expect(licences).toMatch(new RegExp(`^${name} [\\d.]+: [\\w.-]+$`, "m"));
  expect(await readFile(join(box, "assets/page/licences.txt"), "utf8")).toMatch(/^preact /m);
  const child: ChildProcess = spawn("./workerd", ["serve", "config.capnp"], { cwd: box, stdio: "inherit" });
  const exited = once(child, "exit");
  try {
    for (const deadline = Date.now() + 20_000; !(await answers(`http://${address}/healthz`)); ) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error("workerd did not start");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { header, windows } = await embedded(`http://${address}`, sceneWav(2), {
      query: "model=yamnet&encoding=base64",
    });
    expect(header.variant).toBe("int8");
    const runtime = await nodeRuntime(seededFolder);
    const { embeddings } = await extract(sceneWav(2), "yamnet", { runtime, variant: "int8" }).result();
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
