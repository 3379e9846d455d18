import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { makeFolder } from "../../make-folder.node.ts";
import { Lock } from "../extract/lock.ts";

const PREFIX = "orca-serve-";
const LOCK = "lock";

/** A folder for what lives as long as this process: sockets, and the Worker's modules. */
export interface RunFolder {
  /** Its path; it is made again where it was removed meanwhile. */
  path(): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Makes one, for nobody else: where systemd has made a place (RUNTIME_DIRECTORY), in the user's own (XDG_RUNTIME_DIR), or
 * among temporary files. Those that killed runs have left there are removed.
 */
export async function runFolder(): Promise<RunFolder> {
  const { RUNTIME_DIRECTORY = "", XDG_RUNTIME_DIR = "" } = process.env;
  for (const place of [RUNTIME_DIRECTORY.split(delimiter)[0] ?? "", XDG_RUNTIME_DIR]) {
    // One that is not ours, or not there, is passed over.
    const folder = place === "" ? undefined : await folderIn(place).catch(() => undefined);
    if (folder !== undefined) return folder;
  }
  return folderIn(tmpdir());
}

async function folderIn(place: string): Promise<RunFolder> {
  await removeLeft(place);
  const folder = await mkdtemp(join(place, PREFIX));
  await chmod(folder, 0o700);
  return held(folder);
}

async function held(folder: string): Promise<RunFolder> {
  let lock = await Lock.take(join(folder, LOCK));
  return {
    async path() {
      if (await makeFolder(folder, 0o700)) {
        lock.release();
        lock = await Lock.take(join(folder, LOCK));
      }
      return folder;
    },
    async remove() {
      lock.release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Removes folders whose process is no more. One without a lock is being made, or was made by another version. */
async function removeLeft(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(place, name);
    if (!(await readdir(folder).catch(() => [] as string[])).includes(LOCK)) continue;
    const lock = await Lock.take(join(folder, LOCK)).catch(() => undefined);
    lock?.release();
    if (lock !== undefined) await rm(folder, { recursive: true, force: true });
  }
}
