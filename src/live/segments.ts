import type { GapReason } from "../records/index.ts";
import { nameOf } from "./addresses.ts";
import type { Inspected, Inspector } from "./inspecting.ts";
import type { Segment } from "./playlist.ts";
import { finalError } from "./publisher.ts";
import type { SharedFile, SharedFiles } from "./shared-files.ts";
import type { LiveSource } from "./types.ts";

/** What became of a segment. */
export interface FetchedSegment {
  /** What it holds: all of it, or its whole beginning where it is short. */
  readonly inspected?: Inspected;
  /** Last-Modified, ms since 1970. */
  readonly modified?: number | undefined;
  /** Why all or some of it is missing. */
  readonly failure?: { readonly reason: GapReason; readonly message: string };
  /** Where it is correct audio of a kind that is not read: what it is. */
  readonly unsupported?: string | undefined;
}

/** A request came to nothing, and whether the segment or the whole server is away is to be found out. */
export interface Doubt {
  /** Whether the server answered that there is no such file. */
  readonly gone: boolean;
  /** It is the server: the attempt does not count. */
  outage(): void;
  /** The segment as a newer copy of the playlist has it: its address may have been signed anew. */
  use(newer: Segment): void;
}

/** Times that a segment is asked for; a playlist may be uploaded before what it lists. */
const ATTEMPTS = 4;
/** Wait before the second time, ms; it doubles: seven seconds in all, less than a segment of ten. */
const FIRST_WAIT = 1000;
/** An hour of 48 kHz AAC; ten minutes of anything that is worth listening to. */
const MOST_BYTES = 16 * 1024 ** 2;
/** The shortest time that a segment may take to come, ms. */
const WITHIN = 10_000;

/**
 * Seconds that a segment may hold less than EXTINF says: a block of AAC (20 to 130 ms) on each side where sound was cut
 * beside a picture; where EXTINF is a whole number (RFC 8216, 4.3.2.1: before version 3) it was rounded, too.
 */
const tolerance = (seconds: number) => (Number.isInteger(seconds) ? 0.75 : 0.25);

/** Fetches a segment until it is whole, or has been asked for often enough. */
export async function* fetchSegment(
  segment: Segment,
  source: LiveSource,
  files: SharedFiles,
  inspector: Inspector,
  signal: AbortSignal,
): AsyncGenerator<Doubt, FetchedSegment> {
  const limits = { most: MOST_BYTES, within: Math.max(WITHIN, 2000 * segment.seconds) };
  // Names come round again in some playlists: what was kept is asked about again before that.
  const fresh = 2000 * segment.seconds;
  const key = keyOf(segment);
  let { url } = segment;
  let result: FetchedSegment = {};
  for (let attempt = 0; attempt < ATTEMPTS; ) {
    if (attempt > 0) await files.clock.sleep(FIRST_WAIT * 2 ** (attempt - 1), signal);
    const file = await files.get(url, source, limits, fresh, signal, key);
    result = await judge(file, { ...segment, url }, inspector);
    if (result.failure === undefined) return result;
    files.forget(key);
    attempt++;
    if (file.status === "ok") continue;
    if (file.status === "failed" && file.final === true) throw finalError(file.reason);
    yield {
      gone: file.status === "missing",
      outage() {
        attempt--;
      },
      use(newer) {
        url = newer.url;
      },
    };
  }
  return result;
}

/** One file has one key, though its address be signed anew in each copy of the playlist. */
function keyOf({ url, sequence, seconds, date }: Segment): string {
  const query = url.indexOf("?");
  return query < 0 ? url : `${url.slice(0, query)} ${sequence} ${seconds} ${date?.utc ?? ""}`;
}

async function judge(file: SharedFile, segment: Segment, inspector: Inspector): Promise<FetchedSegment> {
  const name = nameOf(segment.url);
  if (file.status !== "ok") {
    const reason = file.status === "missing" ? "missing" : "unreachable";
    return { failure: { reason, message: `${file.reason}.` } };
  }
  const { modified } = file;
  const inspected = await inspector.inspect(file.bytes);
  const { damage, seconds, unsupported } = inspected;
  if (damage !== undefined) {
    const failure = { reason: "damaged", message: `${name} is damaged: ${damage}` } as const;
    return { modified, failure, unsupported: unsupported ? damage : undefined };
  }
  // Nothing can be missing from what nobody said the length of.
  if (!segment.stated || seconds >= segment.seconds - tolerance(segment.seconds)) return { inspected, modified };
  const message = `${name} holds ${seconds.toFixed(3)} s of the ${segment.seconds.toFixed(3)} s that the playlist says.`;
  return { inspected, modified, failure: { reason: "short", message } };
}
