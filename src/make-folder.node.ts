import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it that are missing. Node's own `recursive` tries for ever where a file system says ENOENT
 * in a folder that is there, as /proc does. Throws what the file system says.
 *
 * @param mode  of the folders that are made
 * @returns whether `path` was made now
 */
export async function makeFolder(path: string, mode?: number): Promise<boolean> {
  const made = await makeOne(path, mode);
  if (made !== "nothing above") return made;
  const above = dirname(path);
  if (above === path || (await stat(above).catch(() => undefined)) !== undefined) {
    await mkdir(path, mode);
    return true;
  }
  await makeFolder(above, mode);
  const now = await makeOne(path, mode);
  // Made a moment ago, and gone again or never there.
  if (now === "nothing above") await mkdir(path, mode);
  return now !== false;
}

async function makeOne(path: string, mode: number | undefined): Promise<boolean | "nothing above"> {
  try {
    await mkdir(path, mode);
    return true;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOENT") return "nothing above";
    // A folder that is there may be said to be many things: read-only, not ours.
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return false;
    throw thrown;
  }
}
