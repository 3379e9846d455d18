import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeArchive } from "../test/support/stored-embeddings.ts";

const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const [FILES, WINDOWS, DIMENSIONS] = [40, 4096, 1024];

/**
 * Stored embeddings of an archive: a head over Parquet files and over a collection, and collections that become one. Windows a
 * second of the whole command, beside reading the same bytes, and the largest memory of its processes.
 */
export async function benchArchive(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "orca-bench-archive-"));
  try {
    await writeArchive(folder, { files: FILES, windows: WINDOWS, dimensions: DIMENSIONS });
    const total = FILES * WINDOWS;
    console.log(
      `${cpus()[0]?.model}; ${FILES} recordings, ${total} windows of ${DIMENSIONS} numbers, ${((total * DIMENSIONS * 4) / 1e6).toFixed(0)} MB`,
    );
    const head = ["--head", "call.json"];
    const read = readingMs(join(folder, "results"));
    console.log(`reading the Parquet files: ${rate(total, read)}`);
    const rows: readonly (readonly [string, readonly string[]])[] = [
      ["rescan of Parquet, one process", ["rescan", "results", ...head, "--out", "one"]],
      ["rescan of Parquet, two processes", ["rescan", "results", ...head, "--out", "two", "--jobs", "2"]],
      ["rescan of a collection", ["rescan", "calls", ...head, "--out", "of-calls"]],
      ["merge of a collection", ["merge", "calls", "--into", "merged"]],
    ];
    for (const [what, args] of rows) {
      const { ms, megabytes } = await run(folder, args);
      console.log(`${what}: ${rate(total, ms)}, ${(ms / read).toFixed(1)} x reading, ${megabytes} MB at most`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const rate = (windows: number, ms: number) => `${Math.round(windows / (ms / 1000))} windows a second`;

function readingMs(folder: string): number {
  const began = performance.now();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    if (name.endsWith(".parquet")) readFileSync(join(folder, name));
  return performance.now() - began;
}

async function run(cwd: string, args: readonly string[]): Promise<{ ms: number; megabytes: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ["ignore", "ignore", "inherit"] });
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, residentOf(child.pid ?? 0));
  }, 50);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}`);
  return { ms: performance.now() - began, megabytes: Math.round(most / 1e6) };
}

/** Bytes of a process and those that it started, without what it maps of files. */
function residentOf(pid: number): number {
  try {
    const own = Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return children.reduce((sum, child) => sum + residentOf(Number(child)), own);
  } catch {
    return 0;
  }
}
