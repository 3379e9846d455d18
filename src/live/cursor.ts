import type { MediaPlaylist, Segment } from "./playlist.ts";

/** What a playlist has that was not there before. */
export interface News {
  readonly segments: readonly Segment[];
  /** Segments that left the playlist unread, and their length by the others' mean. */
  readonly missed: { readonly count: number; readonly seconds: number } | undefined;
  /** Whether the numbers began anew, under the same address. */
  readonly restarted: boolean;
}

const NOTHING: News = { segments: [], missed: undefined, restarted: false };

/**
 * Where one has got to in a playlist that is read again and again: no segment twice, and none lost in silence. A copy that
 * is older than what was seen (caches give such) is passed over; one that goes on from there is a new beginning.
 */
export class Cursor {
  readonly #back: number;
  /** The last segment given out. */
  #last: Segment | undefined;
  /** The last segment of a playlist that ends before `#last`. */
  #behind: string | undefined;

  /** @param back  segments before the live edge to begin with; infinity for all that there are */
  constructor(back: number) {
    this.#back = back;
  }

  take(playlist: MediaPlaylist): News {
    const { segments } = playlist;
    const newest = segments.at(-1);
    if (newest === undefined) return NOTHING;
    const last = this.#last;
    if (last === undefined) {
      // What has ended is a recording, and is read from its start.
      const from = playlist.ended || this.#back === Number.POSITIVE_INFINITY ? 0 : -Math.max(1, this.#back);
      return this.#give(segments.slice(from), undefined, false);
    }
    // Where the numbers are kept, the number tells; where they are not (no EXT-X-MEDIA-SEQUENCE in a playlist that
    // slides), the name does.
    const same = segments.find(({ sequence }) => sequence === last.sequence);
    const known = same?.url === last.url ? same : segments.findLast(({ url }) => url === last.url);
    if (known !== undefined) {
      this.#behind = undefined;
      return this.#give(segments.slice(segments.indexOf(known) + 1), undefined, false);
    }
    const first = segments[0] as Segment;
    if (first.sequence > last.sequence) {
      const count = first.sequence - last.sequence - 1;
      const mean = segments.reduce((sum, { seconds }) => sum + seconds, 0) / segments.length;
      return this.#give(segments, count === 0 ? undefined : { count, seconds: count * mean }, false);
    }
    if (newest.sequence < last.sequence && !this.#movedBehind(newest, last)) return NOTHING;
    // Another file under a number that was given out, or numbers that run on from further back.
    return this.#give(segments.slice(-Math.max(1, Math.min(this.#back, segments.length))), undefined, true);
  }

  /** Whether what lies behind moves on: an old copy stands still. */
  #movedBehind(newest: Segment, last: Segment): boolean {
    if (newest.utc !== undefined && last.utc !== undefined && newest.utc > last.utc) return true;
    const before = this.#behind;
    this.#behind = newest.url;
    return before !== undefined && before !== newest.url;
  }

  #give(segments: readonly Segment[], missed: News["missed"], restarted: boolean): News {
    this.#last = segments.at(-1) ?? this.#last;
    if (restarted) this.#behind = undefined;
    return { segments, missed, restarted };
  }
}
