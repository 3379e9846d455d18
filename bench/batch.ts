/**
 * node bench/batch.ts [RECORDINGS [SECONDS [ENGINE]]]: orca-embed extract over a folder of recordings with one process and with
 * two, from the start of the program to its end, in turns; and beside it what a second process gains that only counts,
 * which is what the machine has to give at that time. Read the ratios. A process takes a second or two to start and to be
 * compiled, which a batch of a quarter of a minute feels.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { orcaScene, SCENE_RATE, wav16 } from "../src/sample/index.ts";

const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const [recordingsText = "8", secondsText = "600", engine = "ort"] = process.argv.slice(2);
const [recordings, seconds] = [Number(recordingsText), Number(secondsText)];
const ROUNDS = 2;
/** A second or two of arithmetic. */
const COUNTING = "let x = 0; for (let i = 0; i < 4e8; i++) x = (x * 31 + i) | 0;";

const folder = mkdtempSync(join(tmpdir(), "orca-batch-"));
const wav = wav16(orcaScene(seconds), SCENE_RATE);
for (let at = 0; at < recordings; at++) writeFileSync(join(folder, `${at}.wav`), wav);

async function node(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}`);
}

/** Seconds that it takes. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / 1000;
}

const extract = (jobs: number) => {
  const out = join(folder, "results");
  rmSync(out, { recursive: true, force: true });
  return node(main, "extract", folder, "--out", out, "--jobs", String(jobs), "--format", "npz", "--engine", engine);
};

/** The same work: twice by one process after the other, or by two at once. */
const count = async (jobs: number) => {
  if (jobs === 2) return Promise.all([node("-e", COUNTING), node("-e", COUNTING)]);
  await node("-e", COUNTING);
  return node("-e", COUNTING);
};

try {
  const best = { extract: [Infinity, Infinity], count: [Infinity, Infinity] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const jobs of [1, 2] as const) {
      for (const [name, run] of [
        ["extract", extract],
        ["count", count],
      ] as const) {
        best[name][jobs - 1] = Math.min(best[name][jobs - 1] as number, await timed(() => run(jobs)));
      }
    }
  }
  console.log(`${recordings} recordings of ${seconds} s, YAMNet by ${engine}, the best of ${ROUNDS} runs`);
  for (const [name, [one = 0, two = 0]] of Object.entries(best)) {
    const times = `one process ${one.toFixed(2)} s, two ${two.toFixed(2)} s`;
    console.log(`  ${name.padEnd(8)} ${times}: ${(one / two).toFixed(2)} x`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
