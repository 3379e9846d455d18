import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wav16 } from "../../../src/sample/index.ts";
import { childrenAreKnown, childrenOf, isAlive, until } from "../../support/processes.ts";
import { noise } from "../../support/recordings.ts";
import { extractIn, manifestOf, resultsIn, startExtract } from "./support.ts";

const FILES = 60;
const KILLS = 3;
/** One window of YAMNet at 16 kHz. */
const SAMPLES = 15_600;
const ARGS = ["recordings", "--jobs", "2", "--format", "ndjson,parquet"];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orca-killed-"));
  for (let file = 0; file < FILES; file++) {
    const site = join(folder, `recordings/site-${file % 7}`);
    mkdirSync(site, { recursive: true });
    writeFileSync(join(site, `${Math.floor(file / 7)}.wav`), wav16(noise(SAMPLES, file), 16_000));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!childrenAreKnown)("a run that is killed", () => {
  test("goes on where it was: each file and window once, as in a run that nobody killed", async () => {
    const whole = await extractIn(folder, ...ARGS, "--out", "whole");
    expect(whole.stderr).not.toContain("orca-embed:");
    expect(whole.status).toBe(0);

    const seed = Date.now() % 100_000;
    console.log(`Kills at random by seed ${seed}`);
    const random = noise(KILLS, seed).map((value) => value + 0.5);
    const out = join(folder, "killed");
    for (const chance of random) {
      const run = startExtract(folder, ...ARGS, "--out", "killed");
      // From before the first result of this run to about the share of the work that is its own.
      const before = written(out);
      const enough = before + Math.floor(chance * 2 * (FILES / (KILLS + 1)));
      await until(() => childrenOf(run.pid).length === 2 && written(out) >= enough);
      await new Promise((resolve) => setTimeout(resolve, chance * 100));
      const workers = childrenOf(run.pid);
      run.child.kill("SIGKILL");
      expect((await run.ended).signal).toBe("SIGKILL");
      // They notice that nobody is left to work for.
      await until(() => !workers.some(isAlive));
    }
    const killed = resultsIn(out).size;
    expect(killed).toBeGreaterThan(0);
    expect(killed).toBeLessThan(2 * FILES);

    const last = await extractIn(folder, ...ARGS, "--out", "killed");
    expect(last.status).toBe(0);
    expect(last.stdout).toMatch(new RegExp(`^${FILES} results: \\d+ done, \\d+ already done`, "m"));
    const expected = resultsIn(join(folder, "whole"));
    const results = resultsIn(out);
    expect(results.size).toBe(2 * FILES);
    expect([...results.keys()]).toEqual([...expected.keys()]);
    for (const [path, bytes] of results) expect(bytes.equals(expected.get(path) ?? bytes.subarray(1)), path).toBe(true);
    const done = manifestOf(out).map(({ result, recording }) => `${result} ${recording}`);
    expect(done.length).toBe(FILES);
    expect(new Set(done).size).toBe(FILES);
    for (const [path, bytes] of results) {
      if (!path.endsWith(".ndjson")) continue;
      const records = bytes.toString().trim().split("\n");
      expect(records.map((line) => JSON.parse(line).type)).toEqual(["header", "window", "summary"]);
    }
    expect(readdirSync(join(out, ".orca-embed"))).toEqual(["manifest.ndjson"]);
    // Half a minute where nothing else runs; this is to end a run that hangs.
  }, 600_000);

  test("by Ctrl-C ends with 130 and leaves nothing half done", async () => {
    const run = startExtract(folder, ...ARGS, "--out", "stopped");
    await until(() => childrenOf(run.pid).length === 2 && written(join(folder, "stopped")) > 3);
    const workers = childrenOf(run.pid);
    // A terminal's Ctrl-C reaches the whole group.
    process.kill(-run.pid, "SIGINT");
    const { status, stderr } = await run.ended;
    expect(stderr).toContain("Stopped by SIGINT. What is done stays; the same command goes on with the rest.");
    expect(stderr).not.toContain("orca-embed:");
    expect(status).toBe(130);
    await until(() => !workers.some(isAlive));
    expect(readdirSync(join(folder, "stopped/.orca-embed"))).toEqual(["manifest.ndjson"]);
    expect(manifestOf(join(folder, "stopped")).every(({ result }) => result === "done")).toBe(true);
  });
});

/** Result files that are there. */
function written(out: string): number {
  try {
    return readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) => /\.(ndjson|parquet)$/.test(name))
      .length;
  } catch {
    return 0;
  }
}
