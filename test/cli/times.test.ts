import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLI } from "../support/command-line.ts";
import { sceneWav } from "../support/recordings.ts";
import { seededFolder } from "../support/test-models.ts";
import { chunk, formatChunk, riff } from "../support/wav.ts";
import { utf8 } from "../times/support/metadata-writer.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-times-"));
  mkdirSync(join(folder, "1601165815"));
  for (const name of ["5783.210101120000.wav", "1601165815/live002.ts"]) writeFileSync(join(folder, name), sceneWav(1));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const extract = (out: string, ...args: string[]) => {
  const all = [CLI, "extract", ...args, "--models", seededFolder, "--out", out, "--format", "csv"];
  return spawnSync(process.execPath, all, { cwd: folder, encoding: "utf8" });
};

test("names and folders say when, and --zone where", () => {
  const { stderr, status } = extract("names", "5783.210101120000.wav", "1601165815/live002.ts", "--zone=+12:00");
  expect({ stderr, status }).toMatchObject({ status: 0 });
  const lines = readFileSync(join(folder, "names/5783.210101120000.wav.yamnet.csv"), "utf8").split("\n");
  expect(JSON.parse((lines[0] ?? "").slice(2)).start).toMatchObject({
    utc: "2021-01-01T00:00:00.000Z",
    source: "SoundTrap file name",
  });
  expect(lines[3]?.split(",").slice(0, 4)).toEqual(["1", "0.48", "1.44", "2021-01-01T00:00:00.480Z"]);
  const segment = readFileSync(join(folder, "names/1601165815/live002.ts.yamnet.csv"), "utf8").split("\n")[0] ?? "";
  // The folder's time, 2 s until the audio begins, and two segments of 10 s.
  expect(JSON.parse(segment.slice(2)).start).toMatchObject({
    utc: "2020-09-27T00:17:17.000Z",
    source: "orcanode folder",
  });
});

test("metadata behind the audio of a file on disk is known in time", async () => {
  const guano = chunk("guan", utf8("GUANO|Version: 1.0\nTimestamp: 2024-05-01T12:00:00Z"));
  const path = join(folder, "behind.wav");
  writeFileSync(path, riff([formatChunk(), chunk("data", new Uint8Array(32_000)), guano]));
  const { stderr, status } = extract("out", "behind.wav");
  expect({ stderr, status }).toMatchObject({ status: 0 });
  const lines = readFileSync(join(folder, "out/behind.wav.yamnet.csv"), "utf8").split("\n");
  expect(lines[2]?.split(",").slice(0, 4)).toEqual(["0", "0", "0.96", "2024-05-01T12:00:00.000Z"]);
  const summary = JSON.parse((lines.filter((line) => line.startsWith("#")).at(-1) ?? "").slice(2));
  expect(summary).not.toHaveProperty("start");
  expect(summary.findings).toEqual([]);
});

test("--start is of one recording", () => {
  const { stderr, status } = extract(
    "out",
    "5783.210101120000.wav",
    "1601165815/live002.ts",
    "--start",
    "2024-05-01T12:00:00Z",
  );
  expect(status).not.toBe(0);
  expect(stderr).toContain("cannot be the start of 2 recordings");
});
