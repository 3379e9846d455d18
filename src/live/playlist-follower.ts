import type { AudioInfo, Finding } from "../audio/index.ts";
import { OrcaError } from "../errors.ts";
import type { GapReason } from "../records/index.ts";
import { nameOf } from "./addresses.ts";
import { Cursor } from "./cursor.ts";
import { gapEvent, type Missing } from "./gaps.ts";
import { type Inspector, isAlike, joinsInARow } from "./inspecting.ts";
import { discontinuityBetween, type Given } from "./joins.ts";
import { Patience } from "./patience.ts";
import type { Oddity, Segment } from "./playlist.ts";
import { type Folder, type Listing, Publisher } from "./publisher.ts";
import { folderStart, heldAgainst, SegmentStarts } from "./segment-starts.ts";
import { fetchSegment } from "./segments.ts";
import type { SharedFiles } from "./shared-files.ts";
import type { FollowOptions, LiveEvent, LiveSource, Place, Resuming } from "./types.ts";

/** A playlist is not asked for more often than this, ms. */
const SHORTEST_POLL = 500;
/** Times that a folder which another one has followed is asked for its end. */
const LAST_TRIES = 3;
/** After so many target durations without a segment a stretch is said to wait. */
const QUIET = 3;

/** Follows what a playlist lists, from folder to folder where it is an Orcasound node's. */
export class PlaylistFollower {
  readonly #source: LiveSource;
  readonly #files: SharedFiles;
  readonly #inspector: Inspector;
  readonly #signal: AbortSignal;
  readonly #publisher: Publisher;
  readonly #patience: Patience;
  #cursor: Cursor;
  /** The second that names the folder that is read, and when its segments began. */
  #epoch: number | undefined;
  #starts = new SegmentStarts(undefined);
  /** What the open stretch holds; undefined between stretches. */
  #open: AudioInfo | undefined;
  #given: Given | undefined;
  /** Whether any segment was given out. */
  #begun = false;
  #target = 0;
  /** When something new came last. */
  #moved: number;
  /** Kinds of oddities that the stretch's summary tells already. */
  readonly #told = new Set<string>();
  /** Where an earlier run had got to; undefined as soon as that was found, or is known to be gone. */
  #resuming: Resuming | undefined;
  /** The folder that has taken the place of the one that is read. */
  #successor: Folder | undefined;

  constructor(
    source: LiveSource,
    files: SharedFiles,
    inspector: Inspector,
    { back, resuming }: FollowOptions,
    signal: AbortSignal,
  ) {
    this.#source = source;
    this.#files = files;
    this.#inspector = inspector;
    this.#signal = signal;
    this.#publisher = new Publisher(source, files, signal);
    this.#patience = new Patience(files.clock, signal);
    this.#cursor = new Cursor(back, resuming);
    this.#resuming = resuming;
    if (resuming !== undefined) this.#patience.know();
    this.#moved = files.clock.now();
  }

  /** @returns `sound` where the address is of sound itself, and nothing was given out */
  async *run(): AsyncGenerator<LiveEvent, "sound" | "ended"> {
    const epoch = this.#resuming?.from.epoch;
    const before = epoch === undefined ? undefined : this.#publisher.folderOf(epoch);
    const first = before ?? (yield* this.#patience.until(() => this.#publisher.next(true)));
    let current = first ?? (this.#publisher.folder as Folder);
    this.#enter(current);
    for (;;) {
      const asked = this.#files.clock.now();
      const listing = yield* this.#list(current);
      if (listing === "sound") return "sound";
      let changed = false;
      if (listing !== undefined) {
        changed = yield* this.#read(listing);
        const { ended } = listing.playlist;
        if (ended && this.#source.kind === "url") {
          yield* this.#end(listing);
          return "ended";
        }
        this.#successor ??= yield* this.#succeed(current, ended);
      }
      if (this.#successor !== undefined) {
        current = this.#successor;
        yield* this.#leave(current);
        continue;
      }
      if (!changed && this.#isQuiet()) yield* this.#patience.say("The playlist has not grown.");
      const newest = listing?.playlist.segments.at(-1)?.seconds ?? this.#target;
      const wait = 1000 * (changed ? Math.min(newest, this.#target) : this.#target / 2);
      // From the last asking on (RFC 8216, 6.3.4): what was made of the segments meanwhile delays nothing.
      await this.#patience.sleep(Math.max(SHORTEST_POLL, wait - (this.#files.clock.now() - asked)));
    }
  }

  /** Another folder, where latest.txt names one; what was added to the old one at its end is read before. */
  async *#succeed(current: Folder, ended: boolean): AsyncGenerator<LiveEvent, Folder | undefined> {
    const next = yield* this.#patience.until(() => this.#publisher.next(ended || this.#isQuiet()));
    if (next === undefined) {
      if (ended) yield* this.#patience.say("The playlist has ended, and latest.txt names no other folder.");
      return undefined;
    }
    for (let tries = 0; tries < LAST_TRIES; tries++) {
      const last = await this.#publisher.list(current, 0);
      if ("playlist" in last) yield* this.#read(last);
      if (!("trouble" in last) || last.gone) break;
      yield* this.#patience.bear(last);
    }
    return next;
  }

  /** The playlist; undefined where its folder is gone and another one has taken its place. */
  async *#list(folder: Folder): AsyncGenerator<LiveEvent, Listing | "sound" | undefined> {
    const longest = this.#target > 0 ? 1000 * this.#target : undefined;
    const listing = yield* this.#patience.until(async () => {
      const answer = await this.#publisher.list(folder);
      if (!("trouble" in answer)) return answer;
      await this.#seekSuccessor();
      return this.#successor === undefined ? answer : { gone: true as const };
    }, longest);
    if ("gone" in listing) return undefined;
    if ("sound" in listing) {
      if (!this.#begun) return "sound";
      throw new OrcaError("playlist_malformed", `${nameOf(folder.url)} is sound now, and was a playlist.`, {
        hint: "Ask again to follow the sound.",
      });
    }
    this.#patience.know();
    this.#target = listing.playlist.target;
    const { epoch } = listing;
    if (epoch === undefined || epoch === this.#epoch) return listing;
    if (this.#begun) this.#successor = { url: folder.url, epoch };
    else this.#beginFolder(epoch);
    return this.#successor === undefined ? listing : undefined;
  }

  /** The playlist cannot be had: its folder may have been emptied, because the node writes into another one. */
  async #seekSuccessor(): Promise<void> {
    const next = await this.#publisher.next(true);
    if (next !== undefined && !("trouble" in next)) this.#successor = next;
  }

  /** Reads what is new in a playlist. @returns whether anything was */
  async *#read(listing: Listing): AsyncGenerator<LiveEvent, boolean> {
    const { segments, missed, restarted, resumed } = this.#cursor.take(listing);
    const from = this.#resuming?.from;
    this.#resuming = undefined;
    if (resumed && from?.start !== undefined) this.#starts.resume(from.start);
    yield* this.#tell(listing.playlist.oddities);
    if (restarted !== undefined) {
      yield* this.#gap("restart", "The playlist began anew under the same address.", {
        ...sinceOf(from),
        ...restarted,
      });
      this.#starts = new SegmentStarts(undefined);
    }
    if (missed !== undefined) {
      const message = `${missed.count} segment(s) left the playlist before they were read.`;
      yield* this.#gap("missed", message, { ...sinceOf(from), ...missed });
      this.#starts.skip();
    }
    for (const segment of segments) {
      yield* this.#segment(segment, listing);
      if (this.#successor !== undefined) break;
    }
    if (segments.length > 0) this.#advance();
    return segments.length > 0;
  }

  async *#segment(segment: Segment, listing: Listing): AsyncGenerator<LiveEvent> {
    const { playlist, listed } = listing;
    const name = nameOf(segment.url);
    yield* this.#tell(segment.oddities);
    const fetched = segment.absent
      ? { failure: { reason: "announced", message: `${name} is not there, says the playlist.` } as const }
      : yield* this.#fetch(segment, listing);
    if (this.#successor !== undefined) return;
    const { inspected, failure, modified } = fetched;
    const given = { segment, span: inspected?.span, modified, listed };
    yield* this.#join(given);
    const start = this.#starts.startOf(segment, playlist, listed, modified);
    if (inspected?.info !== undefined) {
      const { info, bytes, seconds } = inspected;
      if (this.#open === undefined || !isAlike(this.#open, info)) {
        this.#open = info;
        const held = heldAgainst(start, segment, modified, listed);
        if (held.finding !== undefined) yield { kind: "finding", finding: held.finding };
        yield { kind: "start", start: held.start, info };
      }
      this.#begun = true;
      this.#given = given;
      const epoch = this.#epoch === undefined ? {} : { epoch: this.#epoch };
      const place = { ...epoch, sequence: segment.sequence, name, ...(start === undefined ? {} : { start }) };
      yield { kind: "segment", bytes, place, seconds };
      this.#starts.pass(seconds);
    }
    if (failure === undefined) return;
    const seconds = Math.max(0, segment.seconds - (inspected?.seconds ?? 0));
    yield* this.#gap(failure.reason, failure.message, { seconds, segment: name });
    this.#starts.pass(seconds);
  }

  /** Ends the stretch where a segment does not follow on the one before. */
  async *#join(next: Given): AsyncGenerator<LiveEvent> {
    if (this.#open === undefined || this.#given === undefined) return;
    const found = discontinuityBetween(this.#given, next, this.#starts.now);
    if (found === undefined) return;
    yield* this.#gap("discontinuity", found.message, found);
    if (found.byStamps && found.seconds !== undefined) this.#starts.pass(found.seconds);
    else this.#starts.lose();
  }

  async *#fetch(segment: Segment, { playlist }: Listing) {
    const fetching = fetchSegment(segment, this.#source, this.#files, this.#inspector, this.#signal);
    for (let step = await fetching.next(); ; step = await fetching.next()) {
      if (step.done) {
        this.#patience.came();
        const { inspected } = step.value;
        if (!this.#begun && inspected?.info === undefined && step.value.unsupported !== undefined)
          throw new OrcaError("unsupported_encoding", step.value.unsupported);
        if (inspected?.info !== undefined && !joinsInARow(inspected.info)) throw wholeFiles(segment, inspected.info);
        return step.value;
      }
      const answer = await this.#publisher.list(this.#publisher.folder as Folder);
      if ("playlist" in answer) {
        const newer = this.#cursor.again(segment, playlist, answer.playlist);
        if (newer !== undefined) step.value.use(newer);
      }
      if (!("trouble" in answer)) continue;
      if (answer.gone) await this.#seekSuccessor();
      if (this.#successor !== undefined) return {};
      if (step.value.gone) continue;
      // The whole server may be away: then the segment is not given up.
      step.value.outage();
      yield* this.#patience.bear(answer);
    }
  }

  #enter(folder: Folder): void {
    this.#publisher.moveTo(folder);
    this.#beginFolder(folder.epoch);
    this.#successor = undefined;
    this.#advance();
  }

  #beginFolder(epoch: number | undefined): void {
    this.#epoch = epoch;
    this.#starts = new SegmentStarts(epoch);
  }

  /** To a new folder, of which nothing is to be lost; where nothing was heard yet, it is the first. */
  async *#leave(next: Folder): AsyncGenerator<LiveEvent> {
    const utc = this.#starts.now?.utc ?? this.#resuming?.from.start?.utc;
    this.#enter(next);
    if (!this.#begun && this.#resuming === undefined) return;
    this.#resuming = undefined;
    this.#cursor = new Cursor(Number.POSITIVE_INFINITY);
    const after = folderStart(next.epoch ?? 0);
    const seconds = utc === undefined ? undefined : Math.max(0, (after - utc) / 1000);
    yield* this.#gap("restart", `The hydrophone began anew, in folder ${next.epoch}.`, { seconds, utc });
  }

  /** The end of what is listed: nothing more will come. */
  async *#end({ playlist }: Listing): AsyncGenerator<LiveEvent> {
    const name = nameOf(this.#source.url);
    if (playlist.segments.length === 0) {
      throw new OrcaError("live_failed", `${name} has ended (EXT-X-ENDLIST), and lists nothing.`, {
        hint: "The hydrophone publishes elsewhere, or no more.",
      });
    }
    yield* this.#note("ended", `${name} has ended (EXT-X-ENDLIST): nothing more will come.`);
  }

  async *#tell(oddities: readonly Oddity[]): AsyncGenerator<LiveEvent> {
    for (const { code, kind, message } of oddities) yield* this.#note(code, message, kind);
  }

  /** A finding of the stretch; each kind is said once in it. */
  async *#note(code: Finding["code"], message: string, kind: string = code): AsyncGenerator<LiveEvent> {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    yield { kind: "finding", finding: { code, message, lost: false } };
  }

  async *#gap(reason: GapReason, message: string, missing: Partial<Missing> = {}): AsyncGenerator<LiveEvent> {
    this.#open = undefined;
    this.#told.clear();
    const { utc = this.#starts.now?.utc, seconds, segment } = missing;
    yield gapEvent(reason, message, { utc, seconds, ...(segment === undefined ? {} : { segment }) });
  }

  #isQuiet(): boolean {
    return this.#files.clock.now() - this.#moved > 1000 * QUIET * this.#target;
  }

  #advance(): void {
    this.#moved = this.#files.clock.now();
    this.#patience.came();
  }
}

/** Since when audio is missing, where that was found out by an earlier run. */
const sinceOf = (from: Place | undefined) => (from?.start === undefined ? {} : { utc: from.start.utc });

function wholeFiles(segment: Segment, info: AudioInfo): OrcaError {
  return new OrcaError("unsupported_encoding", `${nameOf(segment.url)} is ${info.container}, which cannot be joined.`, {
    hint: "Segments are read as MPEG-TS, or as packed AAC or MP3.",
  });
}
