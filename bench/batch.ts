/**
 * node bench/batch.ts [RECORDINGS [SECONDS]]: orca-embed extract over a folder of recordings with one process and with
 * two, from the start of the program to its end, in turns. The ratio is what a second process gains.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { orcaScene, SCENE_RATE, wav16 } from "../src/sample/index.ts";

const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const [recordings = 12, seconds = 40] = process.argv.slice(2).map(Number);
const ROUNDS = 2;

const folder = mkdtempSync(join(tmpdir(), "orca-batch-"));
const wav = wav16(orcaScene(seconds), SCENE_RATE);
for (let at = 0; at < recordings; at++) writeFileSync(join(folder, `${at}.wav`), wav);

/** Seconds of time that a run takes. */
function run(jobs: number): number {
  const out = join(folder, "results");
  rmSync(out, { recursive: true, force: true });
  const started = performance.now();
  const args = [main, "extract", folder, "--out", out, "--jobs", String(jobs), "--format", "npz"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return (performance.now() - started) / 1000;
}

try {
  const best = [1, 2].map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    for (const jobs of [1, 2]) best[jobs - 1] = Math.min(best[jobs - 1] as number, run(jobs));
  }
  const [one = 0, two = 0] = best;
  const speed = (time: number) => ((recordings * seconds) / time).toFixed(1);
  console.log(`${recordings} recordings of ${seconds} s, YAMNet, the better of ${ROUNDS} runs`);
  console.log(`  one process    ${one.toFixed(2)} s  ${speed(one)} x real time`);
  console.log(`  two processes  ${two.toFixed(2)} s  ${speed(two)} x real time`);
  console.log(`  ratio          ${(one / two).toFixed(2)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
