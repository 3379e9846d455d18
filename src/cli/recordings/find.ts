import { realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { asOrcaError, OrcaError } from "../../errors.ts";
import { readableFile } from "../readable-file.ts";
import { type Glob, globOf } from "./globs.ts";
import { type Kind, kindOf } from "./kinds.ts";
import { walk } from "./walk.ts";

/** A file to be read. */
export interface Recording {
  /** As it is opened and spoken of. */
  readonly path: string;
  readonly absolute: string;
  /** Its path from the base, with `/` between names: its name in results. */
  readonly name: string;
  /** Size, and time of the last change in milliseconds since 1970. */
  readonly bytes: number;
  readonly modified: number;
}

export interface Found {
  readonly recordings: readonly Recording[];
  /** The folder that names are relative to. */
  readonly base: string;
  /** Files that were named and are not there, with why. */
  readonly missing: readonly { readonly path: string; readonly error: OrcaError }[];
  /** Files in folders that are no recordings, by what they are. */
  readonly leftOut: ReadonlyMap<string, LeftOut>;
}

export interface LeftOut {
  readonly count: number;
  /** The first of them. */
  readonly path: string;
}

export interface FindOptions {
  /** A folder of results, which is not searched. */
  readonly results?: string;
  /** Names are relative to it; where it is left out, to the deepest folder that holds everything that was given. */
  readonly base?: string;
  /** Whether the recordings are samples without a header. */
  readonly raw?: boolean;
  /** Whether a file's name, in a folder, is that of a result. */
  readonly isResult?: (name: string) => boolean;
}

/** Files that are looked at side by side: most of their time is waiting for a disk or a network. */
const AT_ONCE = 32;

/**
 * The recordings among files, folders (searched to their bottom) and patterns, each once, in the order in which they
 * were given and sorted within a folder. Throws `bad_option` where a folder or pattern has none.
 */
export async function findRecordings(given: readonly string[], options: FindOptions = {}): Promise<Found> {
  const search = new Search(options);
  for (const argument of given) await search.add(argument);
  return search.found();
}

class Search {
  readonly #options: FindOptions;
  readonly #paths = new Map<string, string>();
  readonly #roots: string[] = [];
  readonly #missing: { path: string; error: OrcaError }[] = [];
  readonly #leftOut = new Map<string, LeftOut>();

  constructor(options: FindOptions) {
    this.#options = options;
  }

  async add(argument: string): Promise<void> {
    const there = await stat(argument).catch(() => undefined);
    const glob = there === undefined ? globOf(argument) : undefined;
    if (there?.isDirectory() === true) await this.#folder(argument, argument);
    else if (glob !== undefined) await this.#folder(argument, glob.folder, glob);
    else await this.#file(argument);
  }

  async #file(path: string): Promise<void> {
    try {
      this.#take(await readableFile(path));
      this.#roots.push(dirname(resolve(path)));
    } catch (thrown) {
      this.#missing.push({ path, error: asOrcaError(thrown) });
    }
  }

  async #folder(argument: string, folder: string, glob?: Glob): Promise<void> {
    const { results, raw = false, isResult = () => false } = this.#options;
    const except = results === undefined ? undefined : await realpath(results).catch(() => undefined);
    let found = 0;
    let waiting: string[] = [];
    const look = async () => {
      const kinds = await Promise.all(waiting.map((path) => kindOf(path, raw)));
      for (const [at, kind] of kinds.entries()) {
        if (kind === "recording") found++;
        this.#sort(waiting[at] as string, kind);
      }
      waiting = [];
    };
    const top = await stat(folder).catch(() => undefined);
    if (top?.isDirectory() === true) {
      const rules = {
        ...(except === undefined ? {} : { except }),
        ...(glob === undefined ? {} : { enters: glob.enters }),
      };
      for await (const below of walk(folder, rules)) {
        if (isResult(below) || glob?.matches(below) === false) continue;
        if (waiting.push(join(folder, below)) === AT_ONCE) await look();
      }
      await look();
    }
    if (found === 0) {
      const what = glob === undefined ? "no recording lies in this folder" : "no recording fits this pattern";
      throw new OrcaError("bad_option", `${argument}: ${what}.`, {
        hint: "Files are told by their bytes; hidden ones and folders of results are passed over.",
      });
    }
    this.#roots.push(resolve(folder));
  }

  #sort(path: string, kind: Kind): void {
    if (kind === "recording") this.#take(path);
    else {
      const others = this.#leftOut.get(kind.leftOut);
      this.#leftOut.set(kind.leftOut, { count: (others?.count ?? 0) + 1, path: others?.path ?? path });
    }
  }

  #take(path: string): void {
    const absolute = resolve(path);
    if (!this.#paths.has(absolute)) this.#paths.set(absolute, path);
  }

  async found(): Promise<Found> {
    const base = this.#options.base === undefined ? commonFolder(this.#roots) : resolve(this.#options.base);
    const entries = [...this.#paths];
    const recordings: Recording[] = [];
    for (let at = 0; at < entries.length; at += AT_ONCE) {
      const part = entries.slice(at, at + AT_ONCE).map(([absolute, path]) => this.#recording(absolute, path, base));
      for (const recording of await Promise.all(part)) if (recording !== undefined) recordings.push(recording);
    }
    return { recordings, base, missing: this.#missing, leftOut: this.#leftOut };
  }

  async #recording(absolute: string, path: string, base: string): Promise<Recording | undefined> {
    const name = relative(base, absolute);
    if (name.startsWith("..") || isAbsolute(name)) {
      throw new OrcaError("bad_option", `${path} does not lie in --base ${base}.`, { field: "base" });
    }
    try {
      const { size, mtimeMs } = await stat(path);
      return { path, absolute, name: name.replaceAll(sep, "/"), bytes: size, modified: Math.round(mtimeMs) };
    } catch (thrown) {
      this.#missing.push({ path, error: asOrcaError(thrown) });
      return undefined;
    }
  }
}

/** The deepest folder that holds all of them. */
function commonFolder(folders: readonly string[]): string {
  const [first = resolve("."), ...rest] = folders;
  let common = first;
  for (const folder of rest) {
    while (relative(common, folder).split(sep)[0] === "..") common = dirname(common);
  }
  return common;
}
