import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { OrcaError, unreadable } from "../../errors.ts";

/** A folder that holds this one is a folder of results. */
export const STATE_FOLDER = ".orca-embed";

interface Options {
  /** A folder, as `realpath` gives it, that is not entered. */
  readonly except?: string;
  /** Whether folders of results are entered. */
  readonly results?: boolean;
  /** Whether a folder is worth entering, by its path from the top with `/` between names. */
  readonly enters?: (folder: string) => boolean;
}

/** A file, or what could not be looked at, by its path from the top with `/` between names. */
export interface Walked {
  readonly path: string;
  readonly trouble?: OrcaError;
  /** Said of a pipe, a socket or a device. */
  readonly isFile?: false;
}

// U+FEFF in front is part of a name.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Every file below a folder, sorted within each folder. Hidden names and folders of results are passed over. Links are
 * followed; each real folder is entered once, so loops end, and under its own name where it has one below the top. What
 * cannot be looked at is given with the reason, and the walk goes on.
 */
export async function* walk(
  top: string,
  { except, results = false, enters = () => true }: Options = {},
): AsyncGenerator<Walked> {
  const entered = new Set<string>();
  let links: string[] = [];

  async function* folder(path: string): AsyncGenerator<Walked> {
    let entries: Entry[];
    try {
      const real = await realpath(join(top, path));
      if (entered.has(real) || (path !== "" && real === except)) return;
      entries = await entriesOf(real);
      if (path !== "" && !results && entries.some(({ name }) => name === STATE_FOLDER)) return;
      entered.add(real);
    } catch (thrown) {
      yield { path, trouble: unreadable(thrown) };
      return;
    }
    for (const { name, kind, trouble } of entries) {
      if (name.startsWith(".")) continue;
      const below = path === "" ? name : `${path}/${name}`;
      if (trouble !== undefined) yield { path: below, trouble };
      else if (kind === "file") yield { path: below };
      else if (kind === "other") yield { path: below, isFile: false };
      else if (kind === "link") links.push(below);
      else if (kind === "folder" && enters(below)) yield* folder(below);
    }
  }

  async function* linked(path: string): AsyncGenerator<Walked> {
    const there = await stat(join(top, path)).catch(() => undefined);
    // A link that leads nowhere is said where it is opened.
    if (there === undefined || there.isFile()) yield { path };
    else if (!there.isDirectory()) yield { path, isFile: false };
    else if (enters(path)) yield* folder(path);
  }

  yield* folder("");
  while (links.length > 0) {
    const waiting = links;
    links = [];
    for (const path of waiting) yield* linked(path);
  }
}

interface Entry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
  readonly trouble?: OrcaError;
}

/** What is in a folder, sorted. Names are bytes: one that is no UTF-8 would be another name once it is text. */
async function entriesOf(folder: string): Promise<Entry[]> {
  const entries = await readdir(folder, { withFileTypes: true, encoding: "buffer" });
  return entries
    .map((entry): Entry => {
      const kind = entry.isFile() ? "file" : entry.isDirectory() ? "folder" : entry.isSymbolicLink() ? "link" : "other";
      try {
        return { name: utf8.decode(entry.name), kind };
      } catch {
        return { name: entry.name.toString("latin1"), kind, trouble: NOT_UTF8 };
      }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const NOT_UTF8 = new OrcaError("unreadable", "It cannot be opened: its name is not UTF-8.", { hint: "Rename it." });
