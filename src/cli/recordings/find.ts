import { realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { OrcaError, unreadable } from "../../errors.ts";
import { isRemote, type RemoteClient } from "../../remote/index.ts";
import { readableFile } from "../readable-file.ts";
import { allElsewhere, commonAddress, findElsewhere, nameFrom } from "./elsewhere.ts";
import type { Found, LeftOut, Missing, Nearly, Recording } from "./found.ts";
import { type Glob, globOf } from "./globs.ts";
import type { ListingKeeper } from "./kept-listing.ts";
import { isNamedRecording, kindOf, NOT_AUDIO, type OtherKind, type Taking } from "./kinds.ts";
import { leftOutNotes, nearlyNote } from "./notes.ts";
import { walk } from "./walk.ts";

export interface FindOptions {
  /** A folder of results, which is not searched. */
  readonly results?: string;
  /** Names are relative to it; where it is left out, to the deepest folder that holds everything that was given. */
  readonly base?: string;
  /** Whether the recordings are samples without a header. */
  readonly raw?: boolean;
  /** Whether a file's name, in a folder, is that of a result. */
  readonly isResult?: (name: string) => boolean;
  /** What is looked for in place of recordings, in folders of results too. */
  readonly takes?: Taking;
  /** What addresses are asked by; without it they are refused. */
  readonly client?: RemoteClient;
  /** Where listings are kept while they are made. */
  readonly listings?: ListingKeeper;
}

const NO_FILE = new OrcaError("unreadable", "It cannot be read: it is no file, but a pipe, a socket or a device.");

/** Files that are looked at side by side: most of their time is waiting for a disk or a network. */
const AT_ONCE = 32;

/**
 * The recordings among files, folders (searched to their bottom), patterns and addresses, each once, in the order in
 * which they were given and sorted within a folder. Throws `bad_option` where a folder or pattern has none.
 */
export async function findRecordings(given: readonly string[], options: FindOptions = {}): Promise<Found> {
  if (allElsewhere(given)) return await recordingsElsewhere(given, options);
  const search = new Search(options);
  for (const argument of given) await search.add(argument);
  return search.found();
}

async function recordingsElsewhere(given: readonly string[], options: FindOptions): Promise<Found> {
  const { client, listings, raw = false, isResult = () => false, takes } = options;
  if (client === undefined) throw new OrcaError("bad_option", `${given[0]}: this command reads files on this machine.`);
  const all = new Map<string, Recording>();
  const missing: Missing[] = [];
  const leftOut = new Map<string, LeftOut>();
  const roots: string[] = [];
  for (const address of given) {
    try {
      const found = await findElsewhere(address, { client, listings, raw, isResult, takes });
      for (const recording of found.recordings)
        if (!all.has(recording.absolute)) all.set(recording.absolute, recording);
      for (const { kind, path, count: more } of found.leftOut) count(leftOut, kind, path, more);
      missing.push(...found.missing);
      roots.push(found.root);
    } catch (thrown) {
      // One file that is not there does not cost the others.
      if (!(thrown instanceof OrcaError) || !["not_audio", "forbidden"].includes(thrown.code)) throw thrown;
      missing.push({ path: address.replace(/\?.*$/s, ""), error: thrown });
    }
  }
  return { ...named([...all.values()], roots, options), missing, leftOut, nearly: [] };
}

/** Recordings that lie elsewhere, with their names from the base. */
export function named(
  recordings: readonly Recording[],
  roots: readonly string[],
  { base: given }: FindOptions,
): Pick<Found, "recordings" | "base"> {
  if (given !== undefined && !isRemote(given)) {
    throw new OrcaError("bad_option", `--base ${given} is a path, and the recordings have addresses.`, {
      field: "base",
    });
  }
  const base = given ?? (roots.length === 0 ? "" : commonAddress(roots));
  return { recordings: recordings.map((one) => ({ ...one, name: nameFrom(base, one.path) })), base };
}

class Search {
  readonly #options: FindOptions;
  readonly #paths = new Map<string, string>();
  readonly #roots: string[] = [];
  readonly #missing: Missing[] = [];
  readonly #leftOut = new Map<string, LeftOut>();
  readonly #nearly: Nearly[] = [];

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
      this.#missing.push({ path, error: unreadable(thrown) });
    }
  }

  async #folder(argument: string, folder: string, glob?: Glob): Promise<void> {
    const { results, raw = false, isResult = () => false, takes } = this.#options;
    const except = results === undefined ? undefined : await realpath(results).catch(() => undefined);
    let found = 0;
    let nearly: Omit<Nearly, "pattern"> | undefined;
    const here = new Map<string, LeftOut>();
    const troubles: Missing[] = [];
    let waiting: string[] = [];
    const look = async () => {
      const kindHere = (path: string) =>
        takes === undefined ? kindOf(path, raw) : takes.isOne(path) ? ("recording" as const) : takes.others;
      const kinds = await Promise.all(waiting.map(kindHere));
      for (const [at, kind] of kinds.entries()) {
        const path = waiting[at] as string;
        if (kind !== "recording") count(here, kind, path);
        else {
          found++;
          this.#take(path);
        }
      }
      waiting = [];
    };
    const rules = {
      ...(except === undefined ? {} : { except }),
      ...(takes === undefined ? {} : { results: true }),
      ...(glob === undefined ? {} : { enters: glob.enters }),
    };
    for await (const { path: below, trouble, isFile } of walk(folder, rules)) {
      const path = join(folder, below);
      if (trouble !== undefined) troubles.push({ path, error: trouble });
      else if (isResult(below)) continue;
      else if (glob?.matches(below) !== false) {
        if (isFile === false) this.#special(path, here, troubles);
        else if (waiting.push(path) === AT_ONCE) await look();
      } else if (glob.nearlyMatches(below)) nearly = { count: (nearly?.count ?? 0) + 1, path: nearly?.path ?? path };
    }
    await look();
    if (found === 0) throw nothingIn(argument, glob !== undefined, { here, troubles, nearly });
    for (const [kind, others] of here) count(this.#leftOut, { leftOut: kind, ...others }, others.path, others.count);
    if (nearly !== undefined) this.#nearly.push({ pattern: argument, ...nearly });
    this.#missing.push(...troubles);
    this.#roots.push(resolve(folder));
  }

  /** What is no file would be waited for: it is named where it is called like a recording. */
  #special(path: string, here: Map<string, LeftOut>, troubles: Missing[]): void {
    if (isNamedRecording(path)) troubles.push({ path, error: NO_FILE });
    else count(here, NOT_AUDIO, path);
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
    return { recordings, base, missing: this.#missing, leftOut: this.#leftOut, nearly: this.#nearly };
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
      this.#missing.push({ path, error: unreadable(thrown) });
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

function count(all: Map<string, LeftOut>, { leftOut, hint }: OtherKind, path: string, more = 1): void {
  const others = all.get(leftOut);
  const entry = { count: (others?.count ?? 0) + more, path: others?.path ?? path };
  all.set(leftOut, hint === undefined ? entry : { ...entry, hint });
}

/** Why a folder or a pattern has no recording, with all that it has. */
function nothingIn(
  argument: string,
  isPattern: boolean,
  {
    here,
    troubles,
    nearly,
  }: { here: ReadonlyMap<string, LeftOut>; troubles: readonly Missing[]; nearly: Omit<Nearly, "pattern"> | undefined },
): OrcaError {
  const what = isPattern ? "no recording fits this pattern" : "no recording lies in this folder";
  const told = [
    ...leftOutNotes(here),
    ...troubles.map(({ path, error }) => `${path}: ${error.message}`),
    ...(nearly === undefined ? [] : [nearlyNote({ pattern: argument, ...nearly })]),
  ];
  return new OrcaError("bad_option", [`${argument}: ${what}.`, ...told].join(" "), {
    hint: "Files are told by their bytes; hidden ones and folders of results are passed over.",
  });
}
