import { joinBytes } from "../join.ts";
import { cancelled } from "./clock.ts";
import type { Clock, LiveSource } from "./types.ts";

/** What one request for a file came to. */
export type Fetched =
  | {
      readonly status: "ok";
      readonly bytes: Uint8Array;
      readonly validators: Validators;
      /** Last-Modified, ms since 1970. */
      readonly modified: number | undefined;
    }
  /** It is as the validators have it. */
  | { readonly status: "unchanged" }
  /** It is not there. */
  | { readonly status: "missing"; readonly reason: string }
  | {
      readonly status: "failed";
      readonly reason: string;
      /** Milliseconds that the server wants to be left alone. */
      readonly retryAfter: number | undefined;
      /** Whether to try again makes no sense in this request. */
      readonly final?: boolean;
    };

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
}

const MOST_REDIRECTS = 3;
/** A server that wants to be left alone is heard for so long, ms. */
const LONGEST_RETRY_AFTER = 300_000;
/** S3 says 403 for a key that is not there to those who may not list the bucket. */
const NOT_THERE = [403, 404, 410];

/** Whether the operator allowed this host: his own address's, or one that he listed. */
export function isAllowed(url: string, source: LiveSource): boolean {
  const { host, protocol } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") return false;
  // An answer that was asked for in confidence must not come over an open line.
  if (protocol === "http:" && new URL(source.url).protocol === "https:") return false;
  return host === new URL(source.url).host || source.hosts.includes(host);
}

/** Gets one file, with limits; throws only where `signal` aborts. */
export async function fetchFile(
  url: string,
  source: LiveSource,
  { most, within }: FetchLimits,
  validators: Validators,
  clock: Clock,
  signal: AbortSignal,
): Promise<Fetched> {
  const late = new AbortController();
  const done = new AbortController();
  clock.sleep(within, done.signal).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    return await fetchAllowed(url, source, most, validators, AbortSignal.any([signal, late.signal]));
  } catch (thrown) {
    if (signal.aborted) throw cancelled();
    if (late.signal.aborted) return failed(`${nameOf(url)} did not come within ${within / 1000} s`);
    const message = thrown instanceof Error ? reasonOf(thrown) : String(thrown);
    return { ...failed(`${nameOf(url)}: ${message}`), final: /too many subrequests/i.test(message) };
  } finally {
    done.abort();
  }
}

/** A file's name for messages, with its folder: who listens need not learn the host, nor what stands in the query. */
export function nameOf(url: string): string {
  return new URL(url).pathname.split("/").slice(-3).join("/").replace(/^\//, "");
}

async function fetchAllowed(
  start: string,
  source: LiveSource,
  most: number,
  { etag, lastModified }: Validators,
  signal: AbortSignal,
): Promise<Fetched> {
  const headers = new Headers();
  if (etag !== undefined) headers.set("if-none-match", etag);
  else if (lastModified !== undefined) headers.set("if-modified-since", lastModified);
  let url = start;
  for (let redirects = 0; ; redirects++) {
    if (!isAllowed(url, source)) return failed(strange(start, url));
    const response = await fetch(url, { headers, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || response.status === 304 || location === null)
      return answer(response, url, most);
    await response.body?.cancel();
    if (redirects === MOST_REDIRECTS) return failed(`${nameOf(start)} leads on more than ${MOST_REDIRECTS} times`);
    if (!URL.canParse(location, url)) return failed(`${nameOf(start)} leads to what is no address`);
    url = new URL(location, url).href;
  }
}

async function answer(response: Response, url: string, most: number): Promise<Fetched> {
  const { status, headers, body } = response;
  if (status === 200) {
    const declared = Number(headers.get("content-length") ?? 0);
    const bytes = declared > most ? undefined : await readWhole(response, most);
    if (bytes !== undefined) return { status: "ok", bytes, ...aboutFile(headers) };
    await body?.cancel().catch(() => undefined);
    return failed(`${nameOf(url)} is longer than ${most} bytes`);
  }
  await body?.cancel();
  if (status === 304) return { status: "unchanged" };
  if (NOT_THERE.includes(status))
    return { status: "missing", reason: `${nameOf(url)} is not there (status ${status})` };
  const wait = Number(headers.get("retry-after") ?? Number.NaN);
  const retryAfter = wait > 0 ? Math.min(LONGEST_RETRY_AFTER, 1000 * wait) : undefined;
  return { ...failed(`${nameOf(url)} answers with status ${status}`), retryAfter };
}

function aboutFile(headers: Headers): { validators: Validators; modified: number | undefined } {
  const [etag, lastModified] = [headers.get("etag"), headers.get("last-modified")];
  const modified = lastModified === null ? Number.NaN : Date.parse(lastModified);
  return {
    validators: { ...(etag === null ? {} : { etag }), ...(lastModified === null ? {} : { lastModified }) },
    modified: Number.isNaN(modified) ? undefined : modified,
  };
}

/** The body; undefined where it is longer than `most` bytes. */
async function readWhole({ body }: Response, most: number): Promise<Uint8Array | undefined> {
  if (body === null) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    if (length > most) {
      await reader.cancel().catch(() => undefined);
      return undefined;
    }
  }
  return joinBytes(parts);
}

function failed(reason: string): Extract<Fetched, { status: "failed" }> {
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
