import { cancelled, realClock } from "./clock.ts";
import { type Fetched, type FetchLimits, fetchFile, type Validators } from "./fetching.ts";
import type { Clock, LiveSource } from "./types.ts";

/** A file as it was last seen, and who is asking for it. */
interface Entry {
  bytes: Uint8Array | undefined;
  /** The last address that it came from. */
  url: string;
  modified: number | undefined;
  validators: Validators;
  /** When `bytes` was last known to be right. */
  seen: number;
  /** When somebody began to ask; undefined while nobody does. */
  asking: number | undefined;
  failure: Fetched | undefined;
  failed: number;
}

export type SharedFile = Exclude<Fetched, { status: "unchanged" }>;

/** Bytes of files that are kept for the next listener: a minute and more of several hydrophones. */
const MOST_KEPT = 8 * 1024 ** 2;
/** Milliseconds after which one listener looks again whether the file that another one fetches is there. */
const LOOK_EVERY = 50;

/**
 * Files of hydrophones, fetched once for all listeners of this isolate. Listeners poll each other's requests instead of
 * sharing a promise, because in workerd a promise that belongs to a request dies with it.
 */
export class SharedFiles {
  readonly #entries = new Map<string, Entry>();
  readonly clock: Clock;

  constructor(clock: Clock = realClock) {
    this.clock = clock;
  }

  /**
   * A file that was right at most `fresh` ms ago. The same bytes are the same array, as long as they are kept; nobody may
   * change them. Throws only where `signal` aborts.
   * @param key  what the file is, where its address is not always the same
   */
  async get(
    url: string,
    source: LiveSource,
    limits: FetchLimits,
    fresh: number,
    signal: AbortSignal,
    key = url,
  ): Promise<SharedFile> {
    const { clock } = this;
    const began = clock.now();
    for (;;) {
      if (signal.aborted) throw cancelled();
      const entry = this.#entry(key);
      const now = clock.now();
      if (entry.bytes !== undefined && now - entry.seen <= fresh) return this.#known(entry, entry.bytes);
      if (entry.failure !== undefined && entry.failed > began) return entry.failure as SharedFile;
      // One that has taken too long left with its listener.
      if (entry.asking === undefined || now - entry.asking > limits.within) {
        const file = await this.#ask(key, url, entry, source, limits, signal);
        if (file !== undefined) return file;
      } else await clock.sleep(LOOK_EVERY, signal);
    }
  }

  async #ask(
    key: string,
    url: string,
    entry: Entry,
    source: LiveSource,
    limits: FetchLimits,
    signal: AbortSignal,
  ): Promise<SharedFile | undefined> {
    const asking = this.clock.now();
    entry.asking = asking;
    try {
      const validators = entry.bytes === undefined ? {} : entry.validators;
      const fetched = await fetchFile(url, source, limits, validators, this.clock, signal);
      const now = this.clock.now();
      if (fetched.status === "unchanged") {
        // What it has not changed from may have been dropped meanwhile, or may be another file, to which the address leads
        // now: validators are one file's (RFC 9110, 8.8). Then it is asked for anew.
        if (fetched.url !== entry.url) entry.bytes = undefined;
        if (entry.bytes === undefined) return undefined;
        entry.seen = now;
        return this.#known(entry, entry.bytes);
      }
      if (fetched.status === "ok") {
        const { bytes, modified, validators } = fetched;
        Object.assign(entry, { bytes, url: fetched.url, modified, validators, seen: now, failure: undefined });
        this.#makeRoom(key);
      } else Object.assign(entry, { failure: fetched, failed: now });
      return fetched;
    } finally {
      if (entry.asking === asking) entry.asking = undefined;
    }
  }

  /** Of this file nothing is kept: it was wrong. */
  forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.bytes = undefined;
  }

  #entry(key: string): Entry {
    let entry = this.#entries.get(key);
    entry ??= {
      bytes: undefined,
      url: "",
      modified: undefined,
      validators: {},
      seen: 0,
      asking: undefined,
      failure: undefined,
      failed: 0,
    };
    // The last one asked for stands last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  #known({ url, validators, modified }: Entry, bytes: Uint8Array): SharedFile {
    return { status: "ok", bytes, url, validators, modified };
  }

  /** Drops what was not asked for the longest, but not `kept`. */
  #makeRoom(kept: string): void {
    let total = 0;
    for (const { bytes } of this.#entries.values()) total += 1024 + (bytes?.length ?? 0);
    for (const [key, { bytes, asking }] of this.#entries) {
      if (total <= MOST_KEPT) return;
      if (key === kept || asking !== undefined) continue;
      this.#entries.delete(key);
      total -= 1024 + (bytes?.length ?? 0);
    }
  }
}
