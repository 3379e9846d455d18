import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Entry } from "../../../src/jobs/index.ts";
import { CLI } from "../../support/command-line.ts";
import { lightFolder } from "../../support/test-models.ts";

export interface Running {
  readonly child: ChildProcess;
  /** Its pid. */
  readonly pid: number;
  /** What it printed so far, on both channels. */
  text(): string;
  readonly ended: Promise<{ status: number | null; signal: string | null; stdout: string; stderr: string }>;
}

/** Starts orca-embed extract in a folder, in a process group of its own, as a terminal does. */
export function startExtract(cwd: string, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [CLI, "extract", ...args, "--models", lightFolder], {
    cwd,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Awaited<Running["ended"]>>((resolve) =>
    child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr })),
  );
  return { child, pid: child.pid ?? 0, text: () => stdout + stderr, ended };
}

export const extractIn = (cwd: string, ...args: readonly string[]) => startExtract(cwd, ...args).ended;

/** The results below a folder, by path, with their bytes; what the program keeps for itself is not among them. */
export function resultsIn(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort();
  return new Map(
    paths.filter((path) => !path.startsWith(".orca-embed/")).map((path) => [path, readFileSync(join(folder, path))]),
  );
}

export function manifestOf(folder: string): Entry[] {
  const [first = "", ...lines] = readFileSync(join(folder, ".orca-embed/manifest.ndjson"), "utf8").trim().split("\n");
  if (JSON.parse(first).format !== 1) throw new Error(first);
  return lines.map((line) => JSON.parse(line) as Entry);
}
