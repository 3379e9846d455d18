import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { MODEL_NAMES } from "../support/models.ts";
import { sceneWav } from "../support/recordings.ts";
import { recordsOf } from "../support/records.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const out = mkdtempSync(join(tmpdir(), "orca-demo-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** npm run demo -- …, in the repository's folder. */
const demo = (...args: string[]) =>
  promisify(execFile)(process.execPath, ["scripts/run.mjs", "scripts/demo.ts", "--out", out, ...args], { cwd: root });

test("npm run demo: three models over the sample, its results in a folder, its Worker stopped", async () => {
  const { stdout } = await demo();
  for (const step of ["Synthesising the sample", "Starting the Worker", "The Worker is stopped"]) {
    expect(stdout).toContain(step);
  }
  expect(stdout).toMatch(/ x real time/);
  const files = MODEL_NAMES.flatMap((model) =>
    ["ndjson", "npz", "png"].map((format) => `orca-scene.wav.${model}.${format}`),
  );
  expect(readdirSync(out).sort()).toEqual(["orca-scene.wav", ...files].sort());
  // 24 s hold 2398 log-mel frames, 24 times 96 (VGGish drops the rest), and 797 PCEN frames, 6 times 128 and a padded rest.
  const windows = { vggish: 24, yamnet: 49, humpback: 7 };
  for (const model of MODEL_NAMES) {
    const records = await recordsOf(readFileSync(join(out, `orca-scene.wav.${model}.ndjson`)));
    expect(records.at(-1)).toMatchObject({ type: "summary", seconds: 24, complete: true, windows: windows[model] });
  }
  const url = /The Worker answers at (\S+)/.exec(stdout)?.[1] ?? "";
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test("npm run demo with the user's own file and model; a missing file is one sentence", async () => {
  const file = join(out, "mine.wav");
  writeFileSync(file, sceneWav(4));
  const { stdout } = await demo("--audio", file, "--model", "yamnet");
  expect(stdout).toContain("8 windows of 4.0 s of audio");
  const failure = await demo("--audio", join(out, "none.wav")).catch(
    (thrown: { code: number; stderr: string }) => thrown,
  );
  expect(failure).toMatchObject({ code: 1 });
  expect(failure.stderr.trim()).toMatch(/none\.wav is not a file\.$/);
});
