import type { Finding } from "../audio/index.ts";
import { FARTHEST_ZONE, type Start, utcText } from "../times/index.ts";
import { nameOf } from "./addresses.ts";
import type { MediaPlaylist, Segment } from "./playlist.ts";
import type { Dated } from "./playlist-dates.ts";

/**
 * An Orcasound node names its folder by the second in which its container starts (orcanode, node/stream.sh); the sound
 * begins about 2 s later (orcasound/orcahello#353, and `audio_offset=2` in orca-hls-utils' HLSStream). How much that
 * wavers nobody has measured: the uncertainty is as large as the shift itself.
 */
const FOLDER_AHEAD = 2;
const FOLDER_UNCERTAINTY = 2;
/** What a packager's clock and its encoder's delay leave open, where it writes EXT-X-PROGRAM-DATE-TIME. */
const WRITTEN_UNCERTAINTY = 1;
/** A file's Last-Modified is in whole seconds, and its upload takes some. */
const MODIFIED_UNCERTAINTY = 5;
/** A sound card's clock against UTC: 50 ppm, as IEC 60958-3 has it for level I. */
export const DRIFT = 50e-6;

/** The sources of a start that are the hydrophone's own word, and the reckoning from them. */
export const WRITTEN = "EXT-X-PROGRAM-DATE-TIME";
const FOLDER = "folder's epoch and EXTINF";

/** Seconds, to the millisecond. */
const milliseconds = (seconds: number) => Math.round(1000 * seconds) / 1000;

/** What the packager wrote. @param resolution  of which whole seconds, and more, count: clocks cut them */
function written({ utc, resolution, zoned }: Dated): Start {
  const uncertainty = WRITTEN_UNCERTAINTY + Math.floor(resolution);
  if (zoned) return { utc, source: WRITTEN, uncertainty };
  const assumed = "It states no zone; UTC was taken.";
  return { utc, source: WRITTEN, uncertainty: uncertainty + 3600 * FARTHEST_ZONE, assumed };
}

/** When the sound of a folder begins, ms since 1970. @param epoch  the second that names it */
export function folderStart(epoch: number): number {
  return 1000 * (epoch + FOLDER_AHEAD);
}

/** When the segments of one playlist began. They are to be asked about in order. */
export class SegmentStarts {
  readonly #epoch: number | undefined;
  /** What was found out last, and the seconds of segments since. */
  #anchor: Start | undefined;
  #since = 0;
  /** Whether audio of unknown length is missing since the folder began. */
  #broken = false;

  /** @param epoch  seconds since 1970 that an Orcasound folder is named by */
  constructor(epoch: number | undefined) {
    this.#epoch = epoch;
  }

  /**
   * When a segment of `playlist` began.
   * @param listed  when the playlist was fetched, ms since 1970
   * @param modified  the segment's Last-Modified
   */
  startOf(segment: Segment, playlist: MediaPlaylist, listed: number, modified: number | undefined): Start | undefined {
    if (segment.date !== undefined) {
      this.#set(written(segment.date));
    } else if (this.#anchor === undefined) {
      const found = this.#byFolder(segment, playlist) ?? this.#byArrival(segment, playlist, listed, modified);
      if (found !== undefined) this.#set(found);
    }
    return this.now;
  }

  /** When what comes next begins, as far as that is known. */
  get now(): Start | undefined {
    if (this.#anchor === undefined) return undefined;
    const { utc, uncertainty, ...rest } = this.#anchor;
    return { utc: utc + 1000 * this.#since, uncertainty: milliseconds(uncertainty + DRIFT * this.#since), ...rest };
  }

  /** What an earlier run found out of the segment that comes next; its own date goes before it. */
  resume(start: Start): void {
    this.#set(start);
  }

  /** So many seconds of segments lie behind. */
  pass(seconds: number): void {
    this.#since += seconds;
  }

  /** Segments were passed over: what comes next is to be reckoned from the folder's name or its arrival again. */
  skip(): void {
    this.#anchor = undefined;
  }

  /** What comes next does not follow: its time is to be found out anew, and the folder's name does not tell it. */
  lose(): void {
    this.#anchor = undefined;
    this.#broken = true;
  }

  #set(start: Start): void {
    this.#anchor = start;
    this.#since = 0;
  }

  #byFolder(segment: Segment, { segments }: MediaPlaylist): Start | undefined {
    if (this.#epoch === undefined || this.#broken) return undefined;
    const passed = segments.slice(0, segments.indexOf(segment));
    const before = total(passed);
    // Of a playlist that no longer has its first segments, their number is known and their length is not.
    const unseen = segments[0]?.sequence ?? 0;
    const [least, most] = segments.reduce(
      ([low, high], { seconds }) => [Math.min(low, seconds), Math.max(high, seconds)],
      [Number.POSITIVE_INFINITY, 0],
    ) as [number, number];
    const elapsed = before + (unseen * total(segments)) / segments.length;
    const guessed = total(passed.filter(({ stated }) => !stated));
    return {
      utc: folderStart(this.#epoch) + 1000 * elapsed,
      source: FOLDER,
      uncertainty: FOLDER_UNCERTAINTY + (unseen * (most - least)) / 2 + guessed + DRIFT * elapsed,
      assumed: `The sound begins ${FOLDER_AHEAD} s after the second that names the folder.`,
    };
  }

  #byArrival(
    segment: Segment,
    { segments, target, ended }: MediaPlaylist,
    listed: number,
    modified: number | undefined,
  ): Start | undefined {
    // A recording's files may have been written at any time.
    if (ended) return undefined;
    if (modified !== undefined) {
      const utc = modified - 1000 * segment.seconds;
      const assumed = "The segment was written when it ended.";
      return { utc, source: "Last-Modified and EXTINF", uncertainty: MODIFIED_UNCERTAINTY, assumed };
    }
    const since = total(segments.slice(segments.indexOf(segment)));
    const assumed = "The newest segment ended when the playlist was read.";
    return { utc: listed - 1000 * since, source: "arrival and EXTINF", uncertainty: target + 5, assumed };
  }
}

const total = (segments: readonly Segment[]) => segments.reduce((sum, { seconds }) => sum + seconds, 0);

/** Files older than this may be copies: their Last-Modified says no more than that their sound is older, ms. */
const COPIED = 86_400_000;

/**
 * Holds what the hydrophone says of a segment's start against its server: a segment was written when it ended, and did not
 * end after it was listed. Where they cannot both be right the hydrophone's word is kept, with an uncertainty that covers
 * both, and a finding.
 * @param modified  the segment's Last-Modified, and @param listed  when its playlist was fetched; ms since 1970
 */
export function heldAgainst(
  start: Start | undefined,
  { url, seconds }: Segment,
  modified: number | undefined,
  listed: number,
): { readonly start: Start | undefined; readonly finding?: Finding } {
  if (start === undefined || (start.source !== WRITTEN && start.source !== FOLDER)) return { start };
  const other = (modified ?? listed) - 1000 * seconds;
  const apart = Math.abs(start.utc - other) / 1000;
  const late = start.utc < other;
  if (apart <= start.uncertainty + MODIFIED_UNCERTAINTY) return { start };
  if (late && (modified === undefined || listed - modified > COPIED)) return { start };
  const what = modified === undefined ? "This machine's clock" : "Last-Modified";
  const message =
    `${what} says that ${nameOf(url)} began ${late ? "at" : "before"} ${utcText(other)}, ${apart.toFixed(0)} s away ` +
    `from ${start.source} (${utcText(start.utc)}), which was taken: a clock is wrong, or the file came late.`;
  const uncertainty = milliseconds(apart + MODIFIED_UNCERTAINTY);
  return { start: { ...start, uncertainty }, finding: { code: "times_disagree", message, lost: false } };
}
