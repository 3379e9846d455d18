import { joinBytes } from "../join.ts";
import { addressOf, authorizationFor, isAllowed, nameOf, withoutSecrets } from "./addresses.ts";
import { cancelled } from "./clock.ts";
import { begins, isSound } from "./kinds.ts";
import type { Clock, LiveSource } from "./types.ts";

/** What one request for a file came to. */
export type Fetched =
  | {
      readonly status: "ok";
      readonly bytes: Uint8Array;
      /** The last address, behind all redirects: what the file names is relative to it. */
      readonly url: string;
      readonly validators: Validators;
      /** Last-Modified, ms since 1970. */
      readonly modified: number | undefined;
    }
  /** It is as the validators have it, at its last address. */
  | { readonly status: "unchanged"; readonly url: string }
  /** It is not there. */
  | { readonly status: "missing"; readonly reason: string }
  /** A list was asked for, and sound came. */
  | { readonly status: "sound"; readonly reason: string }
  | Failed;

export interface Failed {
  readonly status: "failed";
  readonly reason: string;
  /** Milliseconds that the server wants to be left alone. */
  readonly retryAfter: number | undefined;
  /** Whether to try again makes no sense in this request. */
  readonly final?: boolean;
}

/** What a server told of a file, for asking whether it has changed: RFC 9110, 13. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

export interface FetchLimits {
  /** Bytes. */
  readonly most: number;
  /** Milliseconds for the whole answer. */
  readonly within: number;
  /** Whether it is text, and sound in its place is to be told. */
  readonly list?: boolean;
}

const MOST_REDIRECTS = 3;
/** A server that wants to be left alone is heard for so long, ms. */
const LONGEST_RETRY_AFTER = 300_000;
/** S3 says 403 for a key that is not there to those who may not list the bucket. */
const NOT_THERE = [403, 404, 410];

/** Gets one file, with limits; throws only where `signal` aborts. */
export async function fetchFile(
  url: string,
  source: LiveSource,
  limits: FetchLimits,
  validators: Validators,
  clock: Clock,
  signal: AbortSignal,
): Promise<Fetched> {
  const late = new AbortController();
  const done = new AbortController();
  clock.sleep(limits.within, done.signal).then(
    () => late.abort(),
    () => undefined,
  );
  const { etag, lastModified } = validators;
  const headers = new Headers();
  if (etag !== undefined) headers.set("if-none-match", etag);
  else if (lastModified !== undefined) headers.set("if-modified-since", lastModified);
  try {
    const opened = await openAllowed(url, source, headers, AbortSignal.any([signal, late.signal]));
    return "status" in opened ? opened : await answer(opened, limits);
  } catch (thrown) {
    if (signal.aborted) throw cancelled();
    if (late.signal.aborted) return failed(`${nameOf(url)} did not come within ${limits.within / 1000} s`);
    return failureOf(url, thrown);
  } finally {
    done.abort();
  }
}

/** An answer whose body is still to come, and the last address. */
export interface Opened {
  readonly response: Response;
  readonly url: string;
}

/** Asks for `start`, and goes where it leads as far as the operator allowed that. Throws what `fetch` throws. */
export async function openAllowed(
  start: string,
  source: LiveSource,
  headers: Headers,
  signal: AbortSignal,
): Promise<Opened | Failed> {
  let address = addressOf(start);
  for (let redirects = 0; ; redirects++) {
    if (address === undefined) return failed(`${nameOf(start)} leads to what is no address`);
    const { url } = address;
    if (!isAllowed(url, source)) return failed(strange(start, url));
    const authorization = authorizationFor(address, source);
    if (authorization === undefined) headers.delete("authorization");
    else headers.set("authorization", authorization);
    const response = await fetch(url, { headers, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || response.status === 304 || location === null)
      return { response, url };
    await response.body?.cancel();
    if (redirects === MOST_REDIRECTS) return failed(`${nameOf(start)} leads on more than ${MOST_REDIRECTS} times`);
    address = addressOf(location, url);
  }
}

/** What an answer without the wanted body says. */
export async function refusal({ response, url }: Opened): Promise<Extract<Fetched, { status: "missing" | "failed" }>> {
  const { status, headers, body } = response;
  await body?.cancel();
  if (NOT_THERE.includes(status))
    return { status: "missing", reason: `${nameOf(url)} is not there (status ${status})` };
  if (status === 401) return failed(`${nameOf(url)} wants another user and password (status 401)`);
  const wait = Number(headers.get("retry-after") ?? Number.NaN);
  const retryAfter = wait > 0 ? Math.min(LONGEST_RETRY_AFTER, 1000 * wait) : undefined;
  return { ...failed(`${nameOf(url)} answers with status ${status}`), retryAfter };
}

/** What `fetch` threw, in words. */
export function failureOf(url: string, thrown: unknown): Failed {
  const message = withoutSecrets(thrown instanceof Error ? reasonOf(thrown) : String(thrown));
  return { ...failed(`${nameOf(url)}: ${message}`), final: /too many subrequests/i.test(message) };
}

async function answer(opened: Opened, { most, list }: FetchLimits): Promise<Fetched> {
  const { response, url } = opened;
  const { status, headers, body } = response;
  if (status === 304) {
    await body?.cancel();
    return { status: "unchanged", url };
  }
  if (status !== 200) return refusal(opened);
  const found = list && isSound(headers) ? "sound" : await readWhole(response, most, list === true);
  if (typeof found !== "string") return { status: "ok", bytes: found, url, ...aboutFile(headers) };
  await body?.cancel().catch(() => undefined);
  if (found === "sound") return { status: "sound", reason: `${nameOf(url)} is sound, and no list of it` };
  return failed(`${nameOf(url)} is longer than ${most} bytes`);
}

function aboutFile(headers: Headers): { validators: Validators; modified: number | undefined } {
  const [etag, lastModified] = [headers.get("etag"), headers.get("last-modified")];
  const modified = lastModified === null ? Number.NaN : Date.parse(lastModified);
  return {
    validators: { ...(etag === null ? {} : { etag }), ...(lastModified === null ? {} : { lastModified }) },
    modified: Number.isNaN(modified) ? undefined : modified,
  };
}

/** The body, or that it is longer than `most` bytes, or no list. */
async function readWhole(
  { body, headers }: Response,
  most: number,
  list: boolean,
): Promise<Uint8Array | "long" | "sound"> {
  if (Number(headers.get("content-length") ?? 0) > most) return "long";
  if (body === null) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (let told = !list; ; ) {
    const { done, value } = await reader.read();
    if (done) return joinBytes(parts);
    parts.push(value);
    length += value.length;
    const kind = told ? "other" : begins(joinBytes(parts));
    told ||= kind !== "more";
    if (length <= most && kind !== "sound") continue;
    await reader.cancel().catch(() => undefined);
    return kind === "sound" ? "sound" : "long";
  }
}

export function failed(reason: string): Failed {
  return { status: "failed", reason, retryAfter: undefined };
}

function strange(start: string, url: string): string {
  const where = start === url ? nameOf(url) : `${nameOf(start)} leads to another place, which`;
  return `${where} lies on a host that is not this hydrophone's`;
}

/** Node hides the reason one level down. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
