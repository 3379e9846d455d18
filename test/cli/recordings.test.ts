import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isResultName } from "../../src/cli/extract/formats.ts";
import { type FindOptions, findRecordings } from "../../src/cli/recordings/index.ts";
import { sceneWav } from "../support/recordings.ts";

const wav = sceneWav(1);
const text = "field notes";

let folder = "";
const at = (path: string) => join(folder, path);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-found-"));
  const files: Record<string, string | Uint8Array> = {
    "2024-01/a.wav": wav,
    "2024-01/b.WAV": wav,
    "2024-01/deep/a.wav": wav,
    "2024-02/a.wav": wav,
    "2024-02/no-ending": wav,
    "2024-02/empty.wav": "",
    "2024-02/broken.flac": text,
    "2024-02/notes.txt": text,
    "2024-02/code.ts": "const answer = 42;",
    "2024-02/empty": "",
    "2024-02/5783.210101120000.SUD": wav,
    "2024-02/5783.210101120000.dwv": wav,
    "2024-02/dive.au": ".snd\0\0\0\x18",
    "2024-02/dive.snd": ".snd\0\0\0\x18",
    "2024-02/samples.raw": "12345678",
    ".trash/gone.wav": wav,
    "2024-01/.hidden.wav": wav,
    "results/.orca-embed/manifest.ndjson": "",
    "results/a.wav": wav,
    "a.wav.yamnet.selections.txt": text,
    "odd [1] name.wav": wav,
  };
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(join(at(path), ".."), { recursive: true });
    writeFileSync(at(path), bytes);
  }
  symlinkSync("..", at("2024-01/up"));
  symlinkSync("../2024-02", at("2024-01/again"));
  symlinkSync("2024-01/a.wav", at("linked.wav"));
  symlinkSync("nowhere", at("dangling.wav"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = async (given: readonly string[], options: FindOptions = {}) =>
  (await findRecordings(given.map(at), { isResult: isResultName, ...options })).recordings.map(({ name }) => name);

const ALL = [
  "2024-01/a.wav",
  "2024-01/b.WAV",
  "2024-01/deep/a.wav",
  "2024-02/a.wav",
  "2024-02/broken.flac",
  "2024-02/empty.wav",
  "2024-02/no-ending",
  "odd [1] name.wav",
  "linked.wav",
];

test("a folder: recordings by their bytes, once each, though links lead in circles; hidden files and results are not", async () => {
  const found = await findRecordings([folder], { isResult: isResultName });
  expect(found.recordings.map(({ name }) => name)).toEqual(ALL);
  expect(found.recordings[0]).toMatchObject({ path: at("2024-01/a.wav"), bytes: wav.length });
  expect(found.missing.map(({ path }) => path)).toEqual([at("dangling.wav")]);
  expect(Object.fromEntries(found.leftOut)).toEqual({
    "AU file": { count: 2, path: at("2024-02/dive.au") },
    "SoundTrap's compressed recording (.sud, Ocean Instruments)": {
      count: 1,
      path: at("2024-02/5783.210101120000.SUD"),
      hint: expect.stringContaining("SoundTrap Host"),
    },
    "pieces of sound of a SoundTrap's detector (.dwv)": {
      count: 1,
      path: at("2024-02/5783.210101120000.dwv"),
      hint: expect.stringContaining(".bcl"),
    },
    "no audio": { count: 4, path: at("2024-02/code.ts") },
  });
});

test("the folder of results is passed over before it is one", async () => {
  expect(await names(["2024-01", "2024-02"], { results: at("2024-02") })).toContain("2024-02/a.wav");
  expect(await names([""], { results: at("2024-02") })).toEqual(ALL.filter((name) => !name.startsWith("2024-02")));
});

test("samples without a header, where they are asked for", async () => {
  expect(await names(["2024-02"], { raw: true })).toEqual(["samples.raw"]);
});

test("names of any letters; what is no file is named where it is called like a recording, and is not waited for", async () => {
  const odd = mkdtempSync(join(tmpdir(), "orca-odd-"));
  try {
    for (const name of ["\ufeffmark.wav", "line\nfeed.wav", "\u202eleft.wav", "\u65e5\u672c.WAV"])
      writeFileSync(join(odd, name), wav);
    expect(spawnSync("mkfifo", [join(odd, "pipe.wav"), join(odd, "pipe")]).status).toBe(0);
    symlinkSync("/dev/zero", join(odd, "zero.wav"));
    const { recordings, missing, leftOut } = await findRecordings([odd]);
    expect(recordings.map(({ name }) => name)).toEqual([
      "line\nfeed.wav",
      "\u202eleft.wav",
      "\u65e5\u672c.WAV",
      "\ufeffmark.wav",
    ]);
    expect(missing.map(({ path, error }) => [path.slice(odd.length + 1), error.code])).toEqual([
      ["pipe.wav", "unreadable"],
      ["zero.wav", "unreadable"],
    ]);
    expect(Object.fromEntries(leftOut)).toEqual({ "no audio": { count: 1, path: join(odd, "pipe") } });
    await expect(findRecordings([join(odd, "b\ufffd.wav"), join(odd, "line\nfeed.wav")])).resolves.toMatchObject({
      missing: [{ error: { message: "there is no such file, or its name is not UTF-8." } }],
    });
  } finally {
    rmSync(odd, { recursive: true });
  }
});

describe("patterns", () => {
  test.each([
    ["2024-*/*.wav", ["2024-01/a.wav", "2024-02/a.wav", "2024-02/empty.wav"]],
    ["**/a.wav", ["2024-01/a.wav", "2024-01/deep/a.wav", "2024-02/a.wav"]],
    ["2024-0[1]", ["2024-01/a.wav", "2024-01/b.WAV", "2024-01/deep/a.wav"]],
    ["2024-01/*", ["a.wav", "b.WAV", "deep/a.wav"]],
    ["{2024-01,2024-02}/a.wav", ["2024-01/a.wav", "2024-02/a.wav"]],
  ])("%s", async (pattern, expected) => {
    // What links lead to besides is of another test.
    const found = (await names([pattern])).filter((name) => !/^(2024-01\/)?(up|again)\//.test(name));
    expect(found).toEqual(expected);
  });

  test("what would fit if capitals were small letters is counted", async () => {
    const { nearly } = await findRecordings([at("2024-01/*.wav")]);
    expect(nearly).toEqual([{ pattern: at("2024-01/*.wav"), count: 1, path: at("2024-01/b.WAV") }]);
    expect((await findRecordings([at("2024-01/*.{wav,WAV}")])).nearly).toEqual([]);
  });

  test("a file whose name looks like one is a file", async () => {
    expect(await names(["odd [1] name.wav"])).toEqual(["odd [1] name.wav"]);
  });
});

test.each([
  // A folder, or one file's folder, is where names begin; of several, what holds all of them.
  [["2024-01/deep"], ["a.wav"]],
  [["2024-01/deep/a.wav"], ["a.wav"]],
  [
    ["2024-01/a.wav", "2024-01/deep/a.wav"],
    ["a.wav", "deep/a.wav"],
  ],
  [
    ["2024-01/deep", "2024-02/a.wav"],
    ["2024-01/deep/a.wav", "2024-02/a.wav"],
  ],
  [["2024-01/a.wav", "2024-01/a.wav"], ["a.wav"]],
])("names of %s", async (given, expected) => {
  expect(await names(given)).toEqual(expected);
});

test("a base", async () => {
  expect(await names(["2024-01/deep"], { base: folder })).toEqual(["2024-01/deep/a.wav"]);
  await expect(names(["2024-01/deep"], { base: at("2024-02") })).rejects.toThrow("does not lie in --base");
});

test("a folder or pattern without a recording is an error; a file that is not there is told beside the others", async () => {
  await expect(names(["2024-03/*.wav"])).rejects.toThrow("no recording fits this pattern");
  mkdirSync(at("none"), { recursive: true });
  await expect(names(["none"])).rejects.toThrow("no recording lies in this folder");
  const found = await findRecordings([at("absent.wav"), at("2024-01/a.wav")]);
  expect(found.recordings.length).toBe(1);
  expect(found.missing).toMatchObject([{ path: at("absent.wav"), error: { message: "there is no such file." } }]);
});
