import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { OrcaError } from "../../errors.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { sha256OfFile } from "../hash.ts";
import type { PublishedFile } from "../published-model.ts";
import type { Patience } from "./attempt.ts";
import { type Downloaded, download } from "./download.ts";

/** A published file on this machine. */
export interface CachedFile {
  readonly path: string;
  /** Where it came from. */
  readonly address: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Whether it was here before. */
  readonly cached: boolean;
}

/** What is kept of a file beside it, so that another one in its place is seen even where no sha256 is published. */
type Entry = Pick<CachedFile, "address" | "sha256" | "bytes">;

/** The user's cache folder by the XDG base directory specification. */
export function defaultCache(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CACHE_HOME: given = "" } = environment;
  return join(isAbsolute(given) ? given : join(home() ?? tmpdir(), ".cache"), "orca-embeddings");
}

/** A user of a number alone, as containers have them, has no home, and Node throws. */
function home(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

/** The published address, or the same path and query below another origin: a mirror's, or a test's. */
export function addressAt(address: string, origin: string | undefined): string {
  if (origin === undefined) return address;
  const { pathname, search } = new URL(address);
  const base = URL.parse(origin);
  if (base?.protocol !== "http:" && base?.protocol !== "https:") {
    throw new OrcaError("bad_option", `The origin ${origin} is no http or https address.`, { field: "from-origin" });
  }
  return `${base.origin}${base.pathname.replace(/\/$/, "")}${pathname}${search}`;
}

export interface Fetching {
  readonly cache: string;
  readonly origin: string | undefined;
  readonly patience: Patience;
  /** Takes a file whose sha256 is not the one that is known, as the user asked in words. */
  readonly anyHash?: boolean;
  readonly progress?: (bytes: number, total: number | undefined) => void;
}

/**
 * A published file out of the cache, or fetched into it from the first of its addresses that gives it. What is in the cache
 * is used when it is what came the first time. Throws `fetch_failed` or `checksum_mismatch`.
 */
export async function fetchPublished(published: PublishedFile, fetching: Fetching): Promise<CachedFile> {
  const { cache, anyHash = false } = fetching;
  await makeFolder(cache);
  const path = join(cache, published.file);
  const known = await readEntry(path);
  // Who takes any hash the first time is told all the same when the file changes later.
  const expected = (anyHash ? null : published.sha256) ?? known?.sha256 ?? null;
  const same = expected === null || known?.sha256 === expected;
  if (known !== undefined && same && (await isFile(path, known))) return { ...known, path, cached: true };
  const { address, ...downloaded } = await firstThatGives(published, path, expected, fetching).catch((thrown) =>
    explain(thrown, known, path, anyHash || published.sha256 === null),
  );
  const entry: Entry = { address, ...downloaded };
  await writeEntry(path, entry);
  return { ...entry, path, cached: false };
}

/** Tries the addresses in turn; where none gives the file, the first one's failure is told, and that the others failed. */
async function firstThatGives(
  { addresses, most }: PublishedFile,
  target: string,
  sha256: string | null,
  { origin, patience, progress }: Fetching,
): Promise<Downloaded & { address: string }> {
  const failures: unknown[] = [];
  for (const published of addresses) {
    const address = addressAt(published, origin);
    const job = { address, target, most, sha256, ...(progress === undefined ? {} : { progress }) };
    try {
      return { address, ...(await download(job, patience)) };
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  const [first, ...others] = failures;
  if (!(first instanceof OrcaError) || others.length === 0) throw first;
  const also = others.map((failure) => (failure instanceof Error ? failure.message : String(failure))).join(" ");
  throw new OrcaError(first.code, `${first.message} ${also}`, {
    cause: first,
    ...(first.hint === undefined ? {} : { hint: first.hint }),
  });
}

/** Forgets a file that turned out to be something else, so that the next call fetches it again. */
export async function discard({ path }: CachedFile): Promise<void> {
  await rm(path, { force: true });
  await rm(entryOf(path), { force: true });
}

/** What a user who knows better may do about another hash. */
function explain(thrown: unknown, known: Entry | undefined, path: string, ofLastTime: boolean): never {
  if (!(thrown instanceof OrcaError) || thrown.code !== "checksum_mismatch") throw thrown;
  const hint = ofLastTime
    ? `That was the file of the last time, from ${known?.address}. If it was published anew, remove ${entryOf(path)}.`
    : "If you know that it was published anew, take it with --any-hash: its tensors are checked all the same.";
  throw new OrcaError(thrown.code, thrown.message, { hint, cause: thrown });
}

const entryOf = (path: string) => `${path}.json`;

async function isFile(path: string, { bytes, sha256 }: Entry): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === bytes && (await sha256OfFile(path)) === sha256;
}

async function readEntry(path: string): Promise<Entry | undefined> {
  try {
    const { address, sha256, bytes } = JSON.parse(await readFile(entryOf(path), "utf8")) as Entry;
    return /^[0-9a-f]{64}$/.test(sha256) ? { address, sha256, bytes } : undefined;
  } catch {
    // None, or one that cannot be read: the file is fetched anew.
    return undefined;
  }
}

async function writeEntry(path: string, entry: Entry): Promise<void> {
  const draft = `${entryOf(path)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(entry, undefined, 2)}\n`);
  await rename(draft, entryOf(path));
}
