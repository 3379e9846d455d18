import type { AudioInfo } from "../audio/index.ts";
import { OrcaError } from "../errors.ts";
import type { GapReason } from "../records/index.ts";
import { utcText } from "../times/index.ts";
import { Cursor } from "./cursor.ts";
import { nameOf } from "./fetching.ts";
import { type Inspector, isAlike, joinsInARow } from "./inspecting.ts";
import type { Segment } from "./playlist.ts";
import { type Folder, type Listing, Publisher, type Trouble } from "./publisher.ts";
import { fetchSegment } from "./segments.ts";
import type { SharedFiles } from "./shared-files.ts";
import { folderStart, Timeline } from "./timeline.ts";
import type { LiveEvent, LiveSource } from "./types.ts";

export interface FollowOptions {
  /** Segments before the live edge to begin with, the newest one counted: 1 is the newest, infinity all there are. */
  readonly back: number;
}

/** Times that a hydrophone which never answered is asked. */
const FIRST_TRIES = 3;
/** Waits between requests that fail, ms: from the first to the longest, doubling. */
const [FIRST_WAIT, LONGEST_WAIT] = [1000, 30_000];
/** A playlist is not asked for more often than this, ms. */
const SHORTEST_POLL = 500;
/** After so many target durations without a segment a stretch is said to wait. */
const PATIENCE = 3;
/** Seconds by which a written time may miss the reckoned one before audio counts as missing. */
const JUMP = 0.5;

/**
 * Follows a hydrophone until its playlist ends or `signal` aborts. Polls as RFC 8216, 6.3.4 has it: a target duration
 * after a change, half of one where nothing has changed, and backs off where requests fail. Throws `live_failed` where it
 * never answers, and `unsupported_encoding`.
 */
export async function* follow(
  source: LiveSource,
  files: SharedFiles,
  inspector: Inspector,
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<LiveEvent> {
  try {
    yield* new Follower(source, files, inspector, options, signal).run();
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}

class Follower {
  readonly #source: LiveSource;
  readonly #files: SharedFiles;
  readonly #inspector: Inspector;
  readonly #signal: AbortSignal;
  readonly #publisher: Publisher;
  #cursor: Cursor;
  #timeline = new Timeline(undefined);
  /** What the open stretch holds; undefined between stretches. */
  #open: AudioInfo | undefined;
  /** Whether any segment was given out. */
  #begun = false;
  #listing: Listing | undefined;
  #target = 0;
  /** Requests that failed in a row. */
  #troubles = 0;
  /** When something new came last. */
  #moved: number;
  #saidWaiting = false;

  constructor(
    source: LiveSource,
    files: SharedFiles,
    inspector: Inspector,
    { back }: FollowOptions,
    signal: AbortSignal,
  ) {
    this.#source = source;
    this.#files = files;
    this.#inspector = inspector;
    this.#signal = signal;
    this.#publisher = new Publisher(source, files, signal);
    this.#cursor = new Cursor(back);
    this.#moved = files.clock.now();
  }

  async *run(): AsyncGenerator<LiveEvent> {
    const first = yield* this.#persist(() => this.#publisher.next(true));
    const folder = first ?? (this.#publisher.folder as Folder);
    this.#enter(folder);
    for (let current = folder; ; ) {
      const changed = yield* this.#read(current);
      const ended = this.#listing?.playlist.ended === true;
      if (ended && this.#source.kind === "playlist") return;
      const next = yield* this.#persist(() => this.#publisher.next(ended || this.#isQuiet()));
      if (next !== undefined) {
        // What was added to the old folder at its end.
        yield* this.#read(current, 0);
        yield* this.#leave(next);
        current = next;
        continue;
      }
      if (!changed) yield* this.#noteQuiet();
      const newest = this.#listing?.playlist.segments.at(-1)?.seconds ?? this.#target;
      const wait = 1000 * (changed ? Math.min(newest, this.#target) : this.#target / 2);
      await this.#sleep(Math.max(SHORTEST_POLL, wait));
    }
  }

  /** Reads the playlist and what is new in it. @returns whether anything was */
  async *#read(folder: Folder, fresh?: number): AsyncGenerator<LiveEvent, boolean> {
    const listing = yield* this.#persist(() => this.#publisher.list(folder, fresh));
    this.#listing = listing;
    this.#target = listing.playlist.target;
    const { segments, missed, restarted } = this.#cursor.take(listing.playlist);
    if (restarted) {
      yield* this.#gap("restart", "The playlist began anew under the same address.");
      this.#timeline = new Timeline(undefined);
    }
    if (missed !== undefined) {
      yield* this.#gap("missed", `${missed.count} segment(s) left the playlist before they were read.`, missed);
      this.#timeline.skip();
    }
    for (const segment of segments) yield* this.#segment(segment, listing);
    if (segments.length > 0) this.#advance();
    return segments.length > 0;
  }

  async *#segment(segment: Segment, { playlist, listed }: Listing): AsyncGenerator<LiveEvent> {
    yield* this.#checkJoin(segment);
    const name = nameOf(segment.url);
    const fetched = segment.absent
      ? { failure: { reason: "announced", message: `${name} is not there, says the playlist.` } as const }
      : yield* this.#fetch(segment);
    const start = this.#timeline.startOf(segment, playlist, listed, fetched.modified);
    const { inspected, failure } = fetched;
    if (inspected?.info !== undefined) {
      const { info, bytes, seconds } = inspected;
      if (this.#open === undefined || !isAlike(this.#open, info)) {
        this.#open = info;
        yield { kind: "start", start, info };
      }
      this.#begun = true;
      yield { kind: "segment", bytes };
      this.#timeline.pass(seconds);
    }
    if (failure === undefined) return;
    const seconds = segment.seconds - (inspected?.seconds ?? 0);
    yield* this.#gap(failure.reason, failure.message, { seconds, segment: name });
    this.#timeline.pass(seconds);
  }

  /** Says so where a segment does not follow on the one before. */
  async *#checkJoin({ discontinuity, utc }: Segment): AsyncGenerator<LiveEvent> {
    const now = this.#timeline.now;
    const jump = utc === undefined || now === undefined ? undefined : (utc - now.utc) / 1000;
    const jumps = this.#open !== undefined && now?.source === "EXT-X-PROGRAM-DATE-TIME" && Math.abs(jump ?? 0) > JUMP;
    if (!jumps && !(discontinuity && this.#open !== undefined)) return;
    const what = discontinuity
      ? "The playlist says that what follows does not follow on."
      : "The playlist's time jumps.";
    yield* this.#gap("discontinuity", what, jump === undefined ? {} : { seconds: Math.max(0, jump) });
    this.#timeline.lose();
  }

  async *#fetch(segment: Segment) {
    const { clock } = this.#files;
    const fetching = fetchSegment(segment, this.#source, this.#files, this.#inspector, this.#signal);
    for (let step = await fetching.next(); ; step = await fetching.next()) {
      if (step.done) {
        this.#troubles = 0;
        const { inspected } = step.value;
        if (!this.#begun && inspected?.info === undefined && step.value.unsupported !== undefined)
          throw new OrcaError("unsupported_encoding", step.value.unsupported);
        if (inspected?.info !== undefined && !joinsInARow(inspected.info)) throw wholeFiles(segment, inspected.info);
        return step.value;
      }
      // The whole server may be away: then the segment is not given up.
      const listing = await this.#publisher.list(this.#publisher.folder as Folder);
      if (!("trouble" in listing)) continue;
      step.value.outage();
      yield* this.#trouble(listing.trouble);
      await clock.sleep(this.#backOff(listing.retryAfter), this.#signal);
    }
  }

  /** Asks until there is an answer. */
  async *#persist<T extends object | undefined>(ask: () => Promise<T | Trouble>): AsyncGenerator<LiveEvent, T> {
    for (;;) {
      const answer = await ask();
      if (answer === undefined || !("trouble" in answer)) {
        this.#troubles = 0;
        return answer as T;
      }
      const { trouble, retryAfter } = answer as Trouble;
      yield* this.#trouble(trouble);
      await this.#sleep(this.#backOff(retryAfter));
    }
  }

  async *#trouble(trouble: string): AsyncGenerator<LiveEvent> {
    this.#troubles++;
    if (!this.#begun && this.#listing === undefined && this.#troubles >= FIRST_TRIES) {
      throw new OrcaError("live_failed", `The hydrophone cannot be read: ${trouble}.`, {
        hint: "Is it running, and is its address right?",
      });
    }
    if (this.#begun && this.#troubles > 1) yield* this.#wait(`${trouble}.`);
  }

  #backOff(retryAfter: number | undefined): number {
    return retryAfter ?? Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(10, this.#troubles - 1));
  }

  #enter(folder: Folder): void {
    this.#publisher.moveTo(folder);
    this.#timeline = new Timeline(folder.epoch);
    this.#advance();
  }

  /** To a new folder, of which nothing is to be lost. */
  async *#leave(next: Folder): AsyncGenerator<LiveEvent> {
    const before = this.#timeline.now;
    this.#enter(next);
    this.#cursor = new Cursor(Number.POSITIVE_INFINITY);
    const after = folderStart(next.epoch ?? 0);
    const missing = before === undefined ? {} : { seconds: Math.max(0, (after - before.utc) / 1000), from: before.utc };
    yield* this.#gap("restart", `The hydrophone began anew, in folder ${next.epoch}.`, missing);
  }

  async *#gap(
    reason: GapReason,
    message: string,
    { seconds, segment, from }: { seconds?: number; segment?: string; from?: number | undefined } = {},
  ): AsyncGenerator<LiveEvent> {
    this.#open = undefined;
    const utc = from ?? this.#timeline.now?.utc;
    const round = (value: number) => Math.round(value * 1e6) / 1e6;
    const gap = {
      type: "gap" as const,
      reason,
      ...(utc === undefined ? {} : { utc: utcText(utc) }),
      ...(seconds === undefined ? {} : { seconds: round(seconds) }),
      ...(segment === undefined ? {} : { segment }),
      message,
    };
    yield { kind: "gap", gap };
  }

  #isQuiet(): boolean {
    return this.#files.clock.now() - this.#moved > 1000 * PATIENCE * this.#target;
  }

  async *#noteQuiet(): AsyncGenerator<LiveEvent> {
    if (this.#isQuiet()) yield* this.#wait("The playlist has not grown.");
  }

  async *#wait(message: string): AsyncGenerator<LiveEvent> {
    if (this.#saidWaiting) return;
    this.#saidWaiting = true;
    yield { kind: "waiting", waiting: { type: "waiting", utc: utcText(this.#files.clock.now()), message } };
  }

  #advance(): void {
    this.#moved = this.#files.clock.now();
    this.#saidWaiting = false;
  }

  #sleep(ms: number): Promise<void> {
    return this.#files.clock.sleep(ms, this.#signal);
  }
}

function wholeFiles(segment: Segment, info: AudioInfo): OrcaError {
  return new OrcaError("unsupported_encoding", `${nameOf(segment.url)} is ${info.container}, which cannot be joined.`, {
    hint: "Segments are read as MPEG-TS, or as packed AAC or MP3.",
  });
}
