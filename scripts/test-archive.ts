/**
 * npm run test:archive [-- RECORDINGS]: a thousand recordings in a bucket that fails one time in a hundred and is slow now and
 * then, the runner killed five times; then sixteen shards of the same in a folder, three of them killed. Each recording must
 * have one result, with the bytes of a run over local files. It takes minutes, so it is no part of npm test.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packDefaults } from "../src/cli/models/pack.ts";
import { wav16 } from "../src/sample/index.ts";
import { noise } from "../test/support/recordings.ts";
import { startS3Server } from "../test/support/s3-server.ts";
import { thinFolder } from "../test/support/thin-folder.ts";

const COUNT = Number(process.argv[2] ?? 1000);
const [KILLS, SHARDS, KILLED_SHARDS] = [5, 16, 3];
const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "orca-archive-"));
const server = await startS3Server(["archive"], { forTest: false });
server.page = 100;

interface Ran {
  readonly status: number | null;
  readonly last: string;
  /** The largest resident memory of the run itself that was seen, MB. */
  readonly memory: number;
}

try {
  await thinFolder(join(folder, "models"));
  await packDefaults("yamnet", join(folder, "models"));
  for (let at = 0; at < COUNT; at++) {
    const name = `site-${at % 7}/${Math.floor(at / 7)}.wav`;
    const bytes = wav16(noise(15_600, at), 16_000);
    mkdirSync(dirname(join(folder, "sound", name)), { recursive: true });
    writeFileSync(join(folder, "sound", name), bytes);
    server.objects.set(`archive/sound/${name}`, bytes);
  }
  const local = await run("sound", "local", []).ended;
  console.log(`local: exit code ${local.status}, ${local.memory} MB: ${local.last}`);
  let [asked, failed, cut, slow] = [0, 0, 0, 0];
  server.mishap = () => {
    asked++;
    if (asked % 100 === 0) {
      failed++;
      return { status: 503, code: "SlowDown" };
    }
    if (asked % 97 === 0) {
      cut++;
      return { cutAfter: 10_000 };
    }
    if (asked % 50 !== 0) return undefined;
    slow++;
    return { late: 500 };
  };
  for (let kill = 1; kill <= KILLS; kill++) {
    const running = run("s3://archive/sound", "far", ["--endpoint", server.url]);
    const enough = count("far") + COUNT / (KILLS + 2);
    const watch = setInterval(() => {
      if (count("far") >= enough) running.child.kill("SIGKILL");
    }, 50);
    await running.ended;
    clearInterval(watch);
    console.log(`kill ${kill}: ${count("far")} of ${COUNT} are there`);
  }
  const far = await run("s3://archive/sound", "far", ["--endpoint", server.url]).ended;
  console.log(`far: exit code ${far.status}, ${far.memory} MB: ${far.last}`);
  console.log(`${asked} requests, ${failed} refused, ${cut} cut, ${slow} late`);
  compare("far");

  const shards = Array.from({ length: SHARDS }, (_, at) =>
    run("sound", "shards", ["--shard", `${at + 1}/${SHARDS}`], 1),
  );
  const watch = setInterval(() => {
    if (count("shards") < COUNT / 10) return;
    for (const { child } of shards.slice(0, KILLED_SHARDS)) child.kill("SIGKILL");
    clearInterval(watch);
  }, 50);
  const ended = await Promise.all(shards.map((shard) => shard.ended));
  clearInterval(watch);
  console.log(
    `${SHARDS} shards: ${ended.filter(({ status }) => status === 0).length} ended well, ${count("shards")} results`,
  );
  const pass = await run("sound", "shards", []).ended;
  console.log(`one more pass: exit code ${pass.status}: ${pass.last}`);
  compare("shards");
  const state = join(folder, "shards/.orca-embed");
  const lines = readdirSync(state)
    .filter((name) => name.endsWith(".ndjson"))
    .flatMap((name) => readFileSync(join(state, name), "utf8").trim().split("\n").slice(1));
  if (lines.length !== COUNT) fail(`the manifests of the shards have ${lines.length} entries`);
} finally {
  server.close();
  rmSync(folder, { recursive: true, force: true });
}

function run(given: string, out: string, more: readonly string[], jobs = 2) {
  const args = [
    "extract",
    given,
    "--out",
    out,
    "--jobs",
    String(jobs),
    "--models",
    "models",
    "--variant",
    "int8",
    ...more,
  ];
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let [last, memory] = ["", 0];
  child.stdout.on("data", (chunk: Buffer) => {
    last = chunk.toString().trim().split("\n").at(-1) ?? last;
  });
  child.stderr.resume();
  const look = setInterval(() => {
    memory = Math.max(memory, residentMegabytes(child.pid ?? 0));
  }, 200);
  const ended = new Promise<Ran>((resolve) =>
    child.on("close", (status) => {
      clearInterval(look);
      resolve({ status, last, memory });
    }),
  );
  return { child, ended };
}

function residentMegabytes(pid: number): number {
  try {
    const [, pages = "0"] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
    return Math.round((Number(pages) * 4096) / 1e6);
  } catch {
    return 0;
  }
}

/** Results that are there, whole. */
function results(out: string): string[] {
  try {
    const names = readdirSync(join(folder, out), { recursive: true, encoding: "utf8" });
    return names.filter((name) => name.endsWith(".yamnet.ndjson")).sort();
  } catch {
    return [];
  }
}

function count(out: string): number {
  return results(out).length;
}

function compare(out: string): void {
  const digest = (where: string) =>
    results(where).map(
      (name) =>
        `${name} ${createHash("sha256")
          .update(readFileSync(join(folder, where, name)))
          .digest("hex")}`,
    );
  const [one, other] = [digest(out), digest("local")];
  if (one.length !== COUNT) fail(`${out} has ${one.length} results of ${COUNT}`);
  const different = one.filter((line, at) => line !== other[at]).length;
  if (different > 0) fail(`${different} results of ${out} are not those of a local run`);
  else console.log(`${out}: ${one.length} results, each with the bytes of a local run`);
}

function fail(what: string): void {
  console.error(`FAILED: ${what}`);
  process.exitCode = 1;
}
