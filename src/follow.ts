import { type ExtractOptions, prepared } from "./extract.ts";
import { embedLive, follow as followSource, Inspector, liveSource, SharedFiles } from "./live/index.ts";
import type { LiveRecord } from "./records/index.ts";

/** How a hydrophone is followed. */
export interface FollowingOptions extends ExtractOptions {
  /** Whether the address is an Orcasound node's folder (with latest.txt and hls/); else a playlist, or sound without an end. */
  readonly node?: boolean;
  /** Segments before the live edge to begin with, the newest one counted; 1 where it is left out. */
  readonly back?: number;
  /** Further hosts that the address may lead to. */
  readonly hosts?: readonly string[];
  /** Ends it: what has come still gives its windows and a summary. */
  readonly signal?: AbortSignal;
}

/**
 * Embeddings of a live hydrophone as it publishes: for each stretch of audio a header, its windows and a summary; gaps between
 * them are named. Ends where the hydrophone ends, `signal` aborts, or the loop is left. Throws OrcaError: `bad_option` for an
 * address that is none, `live_failed` where it never answers.
 */
export async function* follow(
  address: string,
  model: string,
  { node = false, back = 1, hosts = [], signal, ...options }: FollowingOptions,
): AsyncGenerator<LiveRecord> {
  const { runtime, load, chosen } = prepared(model, options);
  const source = liveSource(address, node ? "node" : "url", hosts);
  const leaving = new AbortController();
  const ends = signal === undefined ? leaving.signal : AbortSignal.any([leaving.signal, signal]);
  const events = followSource(source, new SharedFiles(), new Inspector(runtime), { back }, ends);
  try {
    for await (const records of embedLive(events, load, runtime, chosen)) yield* records;
  } finally {
    leaving.abort();
  }
}
