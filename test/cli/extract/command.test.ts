import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLI } from "../../support/command-line.ts";
import { sceneWav } from "../../support/recordings.ts";
import { readNpz } from "../../support/shared.ts";
import { lightFolder } from "../../support/test-models.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-cli-"));
  writeFileSync(join(folder, "scene.wav"), sceneWav(4));
  writeFileSync(join(folder, "notes.wav"), "These are notes, not a recording.");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs orca-embed in the folder. */
function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** 4 s: 1 + ceil((64,000 - 15,600) / 7,680) */
const WINDOWS = 8;

test("one recording as NDJSON, CSV and npz with the same numbers", () => {
  const { status, stdout, stderr } = run(
    "extract",
    "scene.wav",
    "--models",
    lightFolder,
    "--format",
    "ndjson,csv,npz",
    "--include",
    "scores",
    "--out",
    "out",
  );
  expect(stderr).toContain("no learned meaning");
  expect(status).toBe(0);
  expect(stdout).toContain(`${WINDOWS} windows of 4.0 s`);
  expect(readdirSync(join(folder, "out")).sort()).toEqual([
    ".orca-embed",
    "scene.wav.yamnet.csv",
    "scene.wav.yamnet.ndjson",
    "scene.wav.yamnet.npz",
  ]);
  const lines = readFileSync(join(folder, "out/scene.wav.yamnet.ndjson"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; embedding: number[]; scores: number[] });
  expect(lines.map(({ type }) => type)).toEqual(["header", ...Array(WINDOWS).fill("window"), "summary"]);
  const npz = readNpz(join(folder, "out/scene.wav.yamnet.npz"));
  expect(npz.get("embedding")?.shape).toEqual([WINDOWS, 1024]);
  expect(npz.get("scores")?.shape).toEqual([WINDOWS, 521]);
  expect(Array.from(npz.get("start")?.data ?? [])).toEqual(
    Array.from({ length: WINDOWS }, (_, at) => Math.round(at * 480) / 1000),
  );
  expect(npz.get("embedding")?.data.slice(1024, 2048)).toEqual(Float32Array.from(lines[2]?.embedding ?? []));
  const rows = readFileSync(join(folder, "out/scene.wav.yamnet.csv"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  expect(rows.length).toBe(1 + WINDOWS);
  expect(rows[2]?.split(",").slice(0, 4).map(Number)).toEqual([1, 0.48, 1.44, lines[2]?.embedding[0]]);
});

test("one bad file is told in a line, leaves nothing behind, and does not cost the others", () => {
  const { status, stdout, stderr } = run(
    "extract",
    "notes.wav",
    "scene.wav",
    "absent.wav",
    "--models",
    lightFolder,
    "--out",
    "mixed",
  );
  expect(status).toBe(1);
  expect(stdout).toContain("scene.wav.yamnet.ndjson");
  expect(stderr).toContain("orca-embed: notes.wav: The input is text (byte 0), not audio.");
  expect(stderr).toContain("orca-embed: absent.wav: there is no such file.");
  expect(readdirSync(join(folder, "mixed")).sort()).toEqual([".orca-embed", "scene.wav.yamnet.ndjson"]);
});

test("standard input, and raw PCM", () => {
  const input = sceneWav(2).subarray(44);
  const args = [CLI, "extract", "-", "--pcm", "s16le", "--rate", "48000", "--models", lightFolder, "--out", "piped"];
  expect(spawnSync(process.execPath, args, { cwd: folder, input }).status).toBe(0);
  expect(existsSync(join(folder, "piped/stdin.yamnet.ndjson"))).toBe(true);
});

test.each([
  [["extract", "scene.wav", "--modle", "yamnet"], "unknown option '--modle'"],
  [["extract", "scene.wav", "--models", lightFolder, "--model", "perch"], 'There is no model "perch" in the folder'],
  [["extract", "scene.wav", "--channel", "left"], "use mean or a channel's number"],
  [
    ["extract", "scene.wav", "--models", lightFolder, "--model", "vggish", "--postprocess", "pca"],
    "convert vggish again with --pca FILE",
  ],
  [["extract", "scene.wav", "--models", "nowhere"], "There is no manifest.json"],
  [["extract", "scene.wav", "--jobs", "0"], "--jobs 0 is not a whole number from 1 to 256."],
  [["extract", "scene.wav", "--min-score", "2"], "--min-score 2 is not a number from 0 to 1."],
  [["extract", "scene.wav", "--base", "elsewhere"], "scene.wav does not lie in --base"],
  [["extract", "-", "--model", "all"], "Standard input (-) can be read once"],
  [["extract", "*.flac"], "*.flac: no recording fits this pattern."],
  [["extrakt"], "unknown command 'extrakt'"],
])("%s is refused in a sentence", (args, sentence) => {
  const { status, stderr } = run(...args);
  expect(status).not.toBe(0);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain("    at ");
});
