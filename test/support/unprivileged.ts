import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ran } from "./command-line.ts";
import { CLI } from "./command-line.ts";

/** nobody, of every Linux. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const drop = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--"];

/** Why nobody else than root can be tried, or undefined. */
export const cannotDrop: string | undefined =
  process.platform === "win32"
    ? "this is Windows"
    : isRoot && spawnSync(drop[0] as string, [...drop.slice(1), process.execPath, CLI, "--version"]).status !== 0
      ? "setpriv cannot start this checkout as another user"
      : undefined;
if (cannotDrop !== undefined) console.warn(`Skipped: what a user who is not root meets, because ${cannotDrop}.`);

/** A command as a user who may not read and write everything. */
export const asUser = (command: readonly string[]): string[] => [...(isRoot ? drop : []), ...command];

/** Runs orca-embed as such a user. */
export function asNobody(args: readonly string[], cwd: string): Promise<Ran> {
  const [command = "", ...rest] = asUser([process.execPath, CLI, ...args]);
  // Its own, because it may not write into the one that the tests share.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(cwd, ".compiled") };
  const child = spawn(command, rest, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("latin1");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("latin1");
  });
  const utf8 = (text: string) => Buffer.from(text, "latin1").toString("utf8");
  return new Promise((resolve) =>
    child.on("close", (status) => resolve({ status, stdout: utf8(stdout), stderr: utf8(stderr) })),
  );
}

/** A folder that anybody may write to, and what takes it away. */
export function openFolder(name: string): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), name));
  chmodSync(folder, 0o777);
  return {
    folder,
    remove() {
      // What was closed to its owner is opened again.
      spawnSync("chmod", ["-R", "u+rwX", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A folder on a disk of its own, of so many kilobytes; undefined where this user may not mount one. */
export function smallDisk(
  folder: string,
  kilobytes: number,
): { resize(kilobytes: number): void; remove(): void } | undefined {
  mkdirSync(folder, { recursive: true });
  const mount = (...options: readonly string[]) => spawnSync("mount", [...options, folder]).status === 0;
  const size = (count: number) => `size=${count}k,mode=1777`;
  if (process.platform !== "linux" || !isRoot || !mount("-t", "tmpfs", "-o", size(kilobytes), "tmpfs"))
    return undefined;
  return {
    resize(count) {
      if (!mount("-o", `remount,${size(count)}`)) throw new Error("the disk was not made larger");
    },
    remove: () => void spawnSync("umount", [folder]),
  };
}
