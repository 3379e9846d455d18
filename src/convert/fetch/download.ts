import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { OrcaError } from "../../errors.ts";
import { sha256OfFile } from "../hash.ts";
import { Attempt, LATER, type Patience } from "./attempt.ts";

const MEBIBYTE = 2 ** 20;

/** What to fetch, and where to. */
export interface Download {
  readonly address: string;
  readonly target: string;
  /** Bytes; more are refused. */
  readonly most: number;
  /** What the file must be, or null where nobody knows. */
  readonly sha256: string | null;
  /** Told as bytes arrive; `total` where the server says it. */
  readonly progress?: (bytes: number, total: number | undefined) => void;
}

export interface Downloaded {
  readonly bytes: number;
  readonly sha256: string;
}

/** What tells one version of a file from the next: for If-Range, which takes no weak validators (RFC 9110 13.1.5). */
interface Version {
  readonly address: string;
  readonly validator: string;
}

/**
 * Fetches a file over HTTP to `target`, which appears when it is whole. What has come is kept beside it in `.part` and
 * `.part.json`, and the next attempt, or the next call, asks for the rest; where the server has another version by now,
 * or sends no ranges, it starts anew. Short failures are tried again, with growing pauses. Throws `fetch_failed`, and
 * `checksum_mismatch` when what came is not what was expected; then it is removed.
 */
export async function download(job: Download, patience: Patience): Promise<Downloaded> {
  let pause = patience.pause;
  let had = await partSize(job);
  for (let tries = 1; ; tries++) {
    const attempt = new Attempt(job.address, patience);
    try {
      await fetchRest(job, attempt);
      break;
    } catch (thrown) {
      const error = attempt.explain(thrown);
      // A poor line that breaks often gets through all the same, as long as each request brings the file on.
      const have = await partSize(job);
      if (have - had >= MEBIBYTE) [tries, pause] = [1, patience.pause];
      had = have;
      const most = attempt.answered ? patience.tries : patience.connections;
      if (!attempt.worthAnother(thrown) || tries >= most) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause *= 2;
    }
  }
  return accept(job);
}

const partOf = (target: string) => `${target}.part`;
const versionOf = (target: string) => `${target}.part.json`;
/** Bytes that are here already. */
const partSize = async ({ target }: Download) => (await stat(partOf(target)).catch(() => undefined))?.size ?? 0;

/** One request: for the rest where a part is here, else for all. Ends when `.part` is whole. */
async function fetchRest(job: Download, attempt: Attempt): Promise<void> {
  const version = await readVersion(job);
  const have = version === undefined ? 0 : await partSize(job);
  const rest = version !== undefined && have > 0;
  const response = await attempt.request(rest ? { range: `bytes=${have}-`, "if-range": version.validator } : {});
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  // A server that does not know If-Range sends the rest of the new version, too.
  const resumed =
    response.status === 206 && Number(range?.[1]) === have && validatorOf(response) === version?.validator;
  if (response.status === 416 || (response.status === 206 && !resumed)) {
    await response.body?.cancel();
    await forget(job.target);
    throw new OrcaError("fetch_failed", `${job.address} answered with another part of the file.`, { cause: LATER });
  }
  const start = resumed ? have : 0;
  const length = response.headers.get("content-length");
  const total = length === null ? undefined : start + Number(length);
  if (total !== undefined && total > job.most) {
    await response.body?.cancel();
    await forget(job.target);
    throw tooLarge(job);
  }
  if (!resumed) await writeVersion(job, response);
  await receive(job, attempt, response, start, total);
}

async function receive(
  job: Download,
  attempt: Attempt,
  response: Response,
  start: number,
  total: number | undefined,
): Promise<void> {
  const handle = await open(partOf(job.target), start > 0 ? "a" : "w");
  let bytes = start;
  try {
    job.progress?.(bytes, total);
    for await (const chunk of attempt.body(response)) {
      bytes += chunk.length;
      if (bytes > job.most) throw tooLarge(job);
      await handle.writeFile(chunk);
      job.progress?.(bytes, total);
    }
    await handle.sync();
    if ((await handle.stat()).size !== bytes) {
      throw new OrcaError("fetch_failed", `${partOf(job.target)} was written by somebody else, too.`, {
        hint: "Is another fetch running?",
      });
    }
  } catch (thrown) {
    if (thrown instanceof OrcaError && thrown.cause !== LATER) await forget(job.target);
    throw thrown;
  } finally {
    await handle.close();
  }
  if (total === undefined || bytes === total) return;
  throw new OrcaError("fetch_failed", `${job.address} gave ${bytes} bytes of ${total}.`, { cause: LATER });
}

async function accept({ address, target, sha256: expected }: Download): Promise<Downloaded> {
  const part = partOf(target);
  const sha256 = await sha256OfFile(part);
  if (expected !== null && sha256 !== expected) {
    await forget(target);
    throw new OrcaError(
      "checksum_mismatch",
      `${address} gave a file with sha256 ${sha256}; ${expected} was expected. It was removed.`,
      { hint: `Try again, or fetch ${basename(target)} from another place and compare.` },
    );
  }
  const { size } = await stat(part);
  await rename(part, target);
  await rm(versionOf(target), { force: true });
  return { bytes: size, sha256 };
}

/** Removes what has come so far. */
async function forget(target: string): Promise<void> {
  await rm(partOf(target), { force: true });
  await rm(versionOf(target), { force: true });
}

async function readVersion({ address, target }: Download): Promise<Version | undefined> {
  try {
    const version = JSON.parse(await readFile(versionOf(target), "utf8")) as Version;
    return version.address === address && typeof version.validator === "string" ? version : undefined;
  } catch {
    // None, or half written: the file is fetched from its start.
    return undefined;
  }
}

function validatorOf({ headers }: Response): string | null {
  const tag = headers.get("etag");
  return tag !== null && !tag.startsWith("W/") ? tag : headers.get("last-modified");
}

async function writeVersion({ address, target }: Download, response: Response): Promise<void> {
  await forget(target);
  const validator = validatorOf(response);
  if (validator !== null) await writeFile(versionOf(target), JSON.stringify({ address, validator } satisfies Version));
}

function tooLarge({ address, most }: Download): OrcaError {
  return new OrcaError("fetch_failed", `${address} gives more than ${most} bytes, which no published file has.`, {
    hint: "Is there a page of a portal or a proxy in its place?",
  });
}
