import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wav16 } from "../../../src/sample/index.ts";
import { childrenAreKnown, childrenOf, until } from "../../support/processes.ts";
import { noise } from "../../support/recordings.ts";
import { extractIn, manifestOf, resultsIn, startExtract } from "./support.ts";

const wav = (seconds: number, seed: number) => wav16(noise(seconds * 16_000, seed), 16_000);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-resumed-"));
  mkdirSync(join(folder, "in/deep"), { recursive: true });
  writeFileSync(join(folder, "in/a.wav"), wav(2, 1));
  writeFileSync(join(folder, "in/deep/a.wav"), wav(3, 2));
  mkdirSync(join(folder, "long"));
  writeFileSync(join(folder, "long/long.wav"), wav(120, 6));
  writeFileSync(join(folder, "long/short.wav"), wav(1, 7));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const results = () => resultsIn(join(folder, "embeddings"));

test("a second run does what is left: a file that changed, one that failed, a format more", async () => {
  writeFileSync(join(folder, "in/b.wav"), "not yet copied");
  writeFileSync(join(folder, "in/notes.txt"), "notes");
  const first = await extractIn(folder, "in", "--model", "yamnet,vggish");
  expect(first.status).toBe(1);
  expect(first.stdout).toMatch(
    /6 results: 4 done, 2 failed \(not_audio 2\); 10\.0 s of audio, [\d.]+ x real time\.\n$/,
  );
  expect(first.stderr).toContain("Left out: 1 x no audio (in/notes.txt).");
  // Said once, though both models met it.
  expect(first.stderr.match(/in\/b\.wav: The input is text/g)?.length).toBe(1);
  expect(manifestOf(join(folder, "embeddings")).filter(({ result }) => result === "failed").length).toBe(2);
  // Two recordings of one name lie as they lay.
  const before = results();
  expect([...before.keys()]).toEqual([
    "a.wav.vggish.ndjson",
    "a.wav.yamnet.ndjson",
    "deep/a.wav.vggish.ndjson",
    "deep/a.wav.yamnet.ndjson",
  ]);

  writeFileSync(join(folder, "in/b.wav"), wav(1, 4));
  writeFileSync(join(folder, "in/a.wav"), wav(2, 3));
  utimesSync(join(folder, "in/a.wav"), 1e9, 1e9);
  const second = await extractIn(folder, "in", "--format", "ndjson,csv", "--classes", "/dev/null");
  expect(second.stderr).toContain("--classes: ");
  const third = await extractIn(folder, "in", "--format", "ndjson,csv");
  expect(third.stderr).toContain("Changed since they were read, and read again: 1 (in/a.wav).");
  expect(third.stdout).toContain("3 results: 3 done;");
  expect(third.status).toBe(0);
  const after = results();
  expect([...after.keys()].filter((path) => path.endsWith(".csv")).length).toBe(3);
  expect(after.get("a.wav.yamnet.ndjson")).not.toEqual(before.get("a.wav.yamnet.ndjson"));
  expect(after.get("deep/a.wav.yamnet.ndjson")).toEqual(before.get("deep/a.wav.yamnet.ndjson"));

  const fourth = await extractIn(folder, "in", "--format", "csv");
  expect(fourth).toMatchObject({ status: 0, stdout: "3 results: 0 done, 3 already done.\n" });
  // What auto chose is kept, and told where it chooses otherwise.
  const made = join(folder, "embeddings/.orca-embed/manifest.ndjson");
  const lines = readFileSync(made, "utf8");
  expect(lines).toMatch(/"engine":"orca-kernels [^"]+"/);
  writeFileSync(made, lines.replaceAll(/"engine":"orca-kernels [^"]+"/g, '"engine":"onnxruntime-web 1.30.0"'));
  writeFileSync(join(folder, "in/c.wav"), wav(1, 5));
  const mixed = await extractIn(folder, "in");
  expect(mixed).toMatchObject({ status: 0, stdout: expect.stringContaining("4 results: 1 done, 3 already done;") });
  expect(mixed.stderr).toMatch(
    /yamnet: 3 results were made by onnxruntime-web 1\.30\.0, and stay; this run has orca-kernels .* --redo makes them again\./,
  );
  rmSync(join(folder, "in/c.wav"));
  for (const file of readdirSync(join(folder, "embeddings"))) {
    if (file.startsWith("c.wav")) rmSync(join(folder, "embeddings", file));
  }
  const refused = await extractIn(folder, "in", "--channel", "0");
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain("and this run asks for channel 0. Give another --out, or --redo to make");
  expect(results()).toEqual(after);
  const redo = await extractIn(folder, "in/a.wav", "--channel", "0", "--redo");
  expect(redo.status).toBe(0);
  expect(JSON.parse((results().get("a.wav.yamnet.ndjson") ?? "").toString().split("\n")[0] ?? "").channel).toBe(0);
});

describe.skipIf(!childrenAreKnown)("processes", () => {
  test("that die cost their recording: tried once more, then reported; meanwhile no other run gets in", async () => {
    // The slower engine, so that it is still at it when it is killed.
    const slow = ["--engine", "ort"] as const;
    const run = startExtract(folder, "long", "--out", "died", ...slow);
    const out = join(folder, "died");
    // The largest comes first.
    await until(() => drafts(out).length > 0);
    // It stands still until the second one has started, however long that takes.
    const [reader = 0] = childrenOf(run.pid);
    process.kill(reader, "SIGSTOP");
    const second = await extractIn(folder, "long", "--out", "died", ...slow);
    expect(second.status).toBe(2);
    expect(second.stderr).toMatch(new RegExp(`Another run, process ${run.pid} since .* is writing there`));
    process.kill(reader, "SIGKILL");
    // Then the other one, and the first again.
    await until(() => resultsIn(out).size === 1);
    process.kill(childrenOf(run.pid)[0] ?? 0, "SIGKILL");
    const { status, stdout, stderr } = await run.ended;
    expect(stderr).toContain("long/long.wav: The process that read it died twice: it was ended by SIGKILL");
    expect(stdout).toContain("2 results: 1 done, 1 failed (engine_failed 1)");
    expect(status).toBe(1);
    expect([...resultsIn(out).keys()]).toEqual(["short.wav.yamnet.ndjson"]);

    const again = startExtract(folder, "long", "--out", "again", "--jobs", "2", ...slow);
    const other = join(folder, "again");
    await until(() => drafts(other).some((name) => name.startsWith("0.")));
    for (const pid of childrenOf(again.pid)) process.kill(pid, "SIGKILL");
    expect((await again.ended).stdout).toContain("2 results: 2 done;");
  });
});

/** What a run is at. */
function drafts(out: string): string[] {
  try {
    const state = readdirSync(join(out, ".orca-embed"), { recursive: true, encoding: "utf8" });
    return state.filter((path) => path.endsWith(".part")).map((path) => path.slice(path.lastIndexOf("/") + 1));
  } catch {
    return [];
  }
}
