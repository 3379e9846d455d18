import type { Copy, News } from "./copy.ts";
import type { MediaPlaylist, Segment } from "./playlist.ts";
import { resumed } from "./resuming.ts";
import { contradicts, isNamedByAddress, placeOf } from "./same-segment.ts";
import type { Resuming } from "./types.ts";

const NOTHING: News = { segments: [] };

/**
 * Segments cannot be missed faster than they are made: numbers that lead on by more than so many times what has gone by,
 * and so many seconds, are other numbers.
 */
const [FASTEST, SUDDEN] = [2, 60];
/** What goes on behind the place that was read, without anything newer, is a new beginning after so many target durations. */
const OLD_COPIES = 2;

/**
 * Where one has got to in a playlist that is read again and again: no segment twice, and none lost in silence. While a
 * playlist runs on, a segment's number is its name, whatever its address. A copy that is older than what was seen (caches
 * give such) is passed over; what contradicts what was seen, or goes on from elsewhere, is a new beginning, of which
 * nothing is left out.
 */
export class Cursor {
  readonly #back: number;
  readonly #resuming: Resuming | undefined;
  /** The copy that was read last; its last segment is the last that was given out. */
  #before: Copy | undefined;
  #named = false;
  /** The first copy that ended before that, and whether its end has moved since. */
  #behind: { readonly since: number; readonly newest: Segment; moved: boolean } | undefined;

  /**
   * @param back  segments before the live edge to begin with; infinity for all that there are
   * @param resuming  where an earlier run had got to, in the same playlist
   */
  constructor(back: number, resuming?: Resuming) {
    this.#back = back;
    this.#resuming = resuming;
  }

  take(copy: Copy): News {
    const { playlist } = copy;
    const { segments, ended } = playlist;
    const [first, newest] = [segments[0], segments.at(-1)];
    if (first === undefined || newest === undefined) return NOTHING;
    const before = this.#before;
    const last = before?.playlist.segments.at(-1);
    if (before === undefined || last === undefined) {
      if (this.#resuming !== undefined) return this.#give(copy, resumed(this.#resuming, copy));
      // What has ended is a recording, and is read from its start.
      const from = ended || this.#back === Number.POSITIVE_INFINITY ? 0 : -Math.max(1, this.#back);
      return this.#give(copy, { segments: segments.slice(from) });
    }
    this.#named ||= isNamedByAddress(last, before.playlist, playlist);
    const place = placeOf(last, playlist, this.#named);
    const contradicted = !this.#named && contradicts(before.playlist, playlist);
    if (place !== undefined && !contradicted) return this.#give(copy, { segments: segments.slice(place + 1) });
    if (place === undefined && first.sequence > last.until) {
      const missed = missedBetween(last, first, before, copy);
      if (missed !== undefined) return this.#give(copy, { segments, ...(missed.count > 0 ? { missed } : {}) });
    } else if (newest.sequence < last.until && !contradicted && !this.#isNew(newest, last, before, copy))
      return NOTHING;
    const between = secondsBetween(last, first);
    return this.#give(copy, {
      segments,
      restarted: { seconds: between === undefined ? undefined : Math.max(0, between) },
    });
  }

  /** A segment of one copy as a later one has it: under another address, it may be. */
  again(segment: Segment, before: MediaPlaylist, now: MediaPlaylist): Segment | undefined {
    if (!this.#named && contradicts(before, now)) return undefined;
    const place = placeOf(segment, now, this.#named);
    return place === undefined ? undefined : now.segments[place];
  }

  /** Whether a copy that ends before what was read is a new beginning, and no old copy. */
  #isNew(newest: Segment, last: Segment, before: Copy, { modified, listed, playlist }: Copy): boolean {
    if (newest.date !== undefined && last.date !== undefined && newest.date.utc > last.date.utc) return true;
    if (modified !== undefined && before.modified !== undefined && modified !== before.modified)
      return modified > before.modified;
    this.#behind ??= { since: listed, newest, moved: false };
    const behind = this.#behind;
    behind.moved ||= behind.newest.sequence !== newest.sequence || behind.newest.url !== newest.url;
    return behind.moved && listed - behind.since >= 1000 * OLD_COPIES * playlist.target;
  }

  #give(copy: Copy, news: News): News {
    this.#before = copy;
    this.#behind = undefined;
    return news;
  }
}

/** Seconds from the end of one segment to the start of another, where dates tell. */
function secondsBetween(last: Segment, next: Segment): number | undefined {
  if (last.date === undefined || next.date === undefined) return undefined;
  return (next.date.utc - last.date.utc) / 1000 - last.seconds;
}

/** What lies between two segments of one run; undefined where their numbers cannot be of one. */
function missedBetween(last: Segment, first: Segment, before: Copy, { playlist, listed }: Copy): News["missed"] {
  const count = first.sequence - last.until - 1;
  const { segments } = playlist;
  const seconds = (count * segments.reduce((sum, segment) => sum + segment.seconds, 0)) / segments.length;
  const most = FASTEST * Math.max(0, (listed - before.listed) / 1000) + SUDDEN;
  if (seconds > most) return undefined;
  const dated = secondsBetween(last, first);
  return { count, seconds: dated !== undefined && dated >= 0 && dated <= most ? dated : seconds };
}
