import { nameOf } from "./addresses.ts";
import type { Copy, News } from "./copy.ts";
import type { Segment } from "./playlist.ts";
import type { Place, Resuming } from "./types.ts";

/** Dates of one segment in two copies of a playlist may have been reckoned from other neighbours, s. */
const RECKONED = 2;
/** Seconds that a playlist may be behind what its segments add up to, and be the same one. */
const BEHIND = 60;

/** What is read of the first copy of a playlist where an earlier run read on to some place. */
export function resumed({ from, longest }: Resuming, copy: Copy): News {
  const { segments } = copy.playlist;
  const [first, newest] = [segments[0], segments.at(-1)] as [Segment, Segment];
  const at = placeIn(from, copy);
  if (at !== undefined) {
    const news = bounded(segments.slice(at), longest);
    return at < segments.length && news.missed === undefined ? { ...news, resumed: true } : news;
  }
  const seconds =
    first.date === undefined || from.start === undefined ? undefined : (first.date.utc - from.start.utc) / 1000;
  const mean = segments.reduce((sum, segment) => sum + segment.seconds, 0) / segments.length;
  const count = first.sequence - from.sequence;
  const gone = from.start === undefined ? undefined : (copy.listed - from.start.utc) / 1000;
  // Segments cannot be missed faster than they are made.
  if (count > 0 && (gone === undefined || count * mean <= 2 * gone + BEHIND)) {
    const { segments: read, missed } = bounded(segments, longest);
    const between = seconds !== undefined && seconds >= 0 ? seconds : count * mean;
    return {
      segments: read,
      missed: { count: count + (missed?.count ?? 0), seconds: between + (missed?.seconds ?? 0) },
    };
  }
  const news = bounded(segments, longest);
  const to = news.segments[0] ?? newest;
  const between = to.date === undefined || from.start === undefined ? undefined : (to.date.utc - from.start.utc) / 1000;
  return { segments: news.segments, restarted: { seconds: between === undefined ? undefined : Math.max(0, between) } };
}

/** Of segments the last ones, so many seconds at most; what lies before counts as missed. */
function bounded(segments: readonly Segment[], longest: number): Pick<News, "segments" | "missed"> {
  let [from, seconds] = [segments.length, 0];
  while (from > 0 && seconds + (segments[from - 1] as Segment).seconds <= longest)
    seconds += (segments[--from] as Segment).seconds;
  if (from === 0) return { segments };
  const left = segments.slice(0, from);
  return {
    segments: segments.slice(from),
    missed: { count: left.length, seconds: left.reduce((sum, segment) => sum + segment.seconds, 0) },
  };
}

/** Where the place stands in a playlist, `length` where it comes next; undefined where the playlist is another one. */
function placeIn(from: Place, { playlist, listed, modified }: Copy): number | undefined {
  const { segments } = playlist;
  const newest = segments.at(-1) as Segment;
  if (from.sequence === newest.until + 1) return segments.length;
  const byNumber = segments.findIndex(({ sequence, until }) => sequence <= from.sequence && from.sequence <= until);
  const at = playlist.numbered ? byNumber : segments.findLastIndex(({ url }) => nameOf(url) === from.name);
  const found = segments[at];
  if (found === undefined) return undefined;
  // A node's folder has its numbers for itself.
  if (from.epoch !== undefined || from.start === undefined) return nameOf(found.url) === from.name ? at : undefined;
  const { utc, uncertainty } = from.start;
  if (found.date !== undefined) return Math.abs(found.date.utc - utc) <= 1000 * RECKONED ? at : undefined;
  // An encoder that began anew counts the same numbers: what follows must end when the playlist was written.
  const end = utc + segments.slice(at).reduce((sum, segment) => sum + 1000 * segment.seconds, 0);
  return Math.abs(end - (modified ?? listed)) <= 1000 * (BEHIND + uncertainty) ? at : undefined;
}
