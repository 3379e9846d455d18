import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

/** A folder that holds this one is a folder of results. */
export const STATE_FOLDER = ".orca-embed";

interface Options {
  /** A folder, as `realpath` gives it, that is not entered. */
  readonly except?: string;
  /** Whether a folder is worth entering, by its path from the top with `/` between names. */
  readonly enters?: (folder: string) => boolean;
}

/**
 * Every file below a folder, by its path from it with `/` between names, sorted within each folder. Hidden names and
 * folders of results are passed over. Links are followed; each real folder is entered once, so loops end, and under its
 * own name where it has one below the top.
 */
export async function* walk(top: string, { except, enters = () => true }: Options = {}): AsyncGenerator<string> {
  const entered = new Set<string>();
  let links: string[] = [];

  async function* folder(path: string): AsyncGenerator<string> {
    const real = await realpath(join(top, path)).catch(() => undefined);
    if (real === undefined || entered.has(real) || (path !== "" && real === except)) return;
    const entries = await readdir(real, { withFileTypes: true });
    if (path !== "" && entries.some(({ name }) => name === STATE_FOLDER)) return;
    entered.add(real);
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isFile()) yield below;
      else if (entry.isSymbolicLink()) links.push(below);
      else if (entry.isDirectory() && enters(below)) yield* folder(below);
    }
  }

  yield* folder("");
  while (links.length > 0) {
    const waiting = links;
    links = [];
    for (const path of waiting) yield* linked(path);
  }

  async function* linked(path: string): AsyncGenerator<string> {
    const there = await stat(join(top, path)).catch(() => undefined);
    // A link that leads nowhere is said where it is opened.
    if (there === undefined || there.isFile()) yield path;
    else if (there.isDirectory() && enters(path)) yield* folder(path);
  }
}
