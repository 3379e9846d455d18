import type { MediaPlaylist, Segment } from "./playlist.ts";

/** Lengths of one segment in two copies of a playlist may be rounded otherwise, s; a block of AAC is 20 ms and more. */
const ROUNDING = 0.005;
/** Its date may have been reckoned from another neighbour's, s. */
const RECKONED = 2;

/** Whether two addresses are of one file: what is in the query may be a signature, made anew in each copy. */
function isSameFile(a: Segment, b: Segment): boolean {
  return a.url === b.url || withoutQuery(a.url) === withoutQuery(b.url);
}

const withoutQuery = (url: string) => url.split("?", 1)[0] as string;

/**
 * Where a segment stands in a later copy of its playlist: by its number, or where `named` by its address. Undefined where
 * it is not listed any more.
 */
export function placeOf(last: Segment, { segments }: MediaPlaylist, named: boolean): number | undefined {
  const found = named
    ? byAddress(last, segments)
    : segments.findIndex(({ sequence, until }) => sequence <= last.until && last.until <= until);
  return found < 0 ? undefined : found;
}

function byAddress(last: Segment, segments: readonly Segment[]): number {
  const exact = segments.findLastIndex(({ url }) => url === last.url);
  if (exact >= 0) return exact;
  const alike = segments.filter((segment) => isSameFile(segment, last));
  return alike.length === 1 ? segments.indexOf(alike[0] as Segment) : -1;
}

/**
 * Whether a playlist's numbers say nothing: it names none, or they stand still while its segments move on, which `last`
 * under another number shows.
 */
export function isNamedByAddress(last: Segment, before: MediaPlaylist, now: MediaPlaylist): boolean {
  if (!now.numbered) return true;
  const [a, b] = [before.segments[0], now.segments[0]];
  if (a === undefined || b === undefined || a.sequence !== b.sequence || isSameFile(a, b)) return false;
  const place = byAddress(last, now.segments);
  return place >= 0 && now.segments[place]?.sequence !== last.sequence;
}

/** Whether two copies say different things of one number: then they are of different runs. */
export function contradicts(before: MediaPlaylist, now: MediaPlaylist): boolean {
  let at = 0;
  for (const segment of now.segments) {
    while ((before.segments[at]?.sequence ?? Number.POSITIVE_INFINITY) < segment.sequence) at++;
    const other = before.segments[at];
    if (other?.sequence === segment.sequence && differ(other, segment)) return true;
  }
  return false;
}

function differ(a: Segment, b: Segment): boolean {
  if (a.stated && b.stated && Math.abs(a.seconds - b.seconds) > ROUNDING) return true;
  if (a.date === undefined || b.date === undefined) return false;
  return Math.abs(a.date.utc - b.date.utc) > 1000 * Math.max(RECKONED, a.seconds);
}
