import type { Start } from "../times/index.ts";
import type { MediaPlaylist, Segment } from "./playlist.ts";

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
const DRIFT = 50e-6;

/** Seconds, to the millisecond. */
const milliseconds = (seconds: number) => Math.round(1000 * seconds) / 1000;

/** When the sound of a folder begins, ms since 1970. @param epoch  the second that names it */
export function folderStart(epoch: number): number {
  return 1000 * (epoch + FOLDER_AHEAD);
}

/** When the segments of one playlist began. They are to be asked about in order. */
export class Timeline {
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
    if (segment.utc !== undefined) {
      this.#set({ utc: segment.utc, source: "EXT-X-PROGRAM-DATE-TIME", uncertainty: WRITTEN_UNCERTAINTY });
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
    const before = segments.slice(0, segments.indexOf(segment)).reduce((sum, { seconds }) => sum + seconds, 0);
    const lengths = segments.map(({ seconds }) => seconds);
    // Of a playlist that no longer has its first segments, their number is known and their length is not.
    const unseen = segments[0]?.sequence ?? 0;
    const mean = lengths.reduce((sum, seconds) => sum + seconds, 0) / Math.max(1, lengths.length);
    const spread = (Math.max(...lengths) - Math.min(...lengths)) / 2;
    const elapsed = before + unseen * mean;
    return {
      utc: folderStart(this.#epoch) + 1000 * elapsed,
      source: "folder's epoch and EXTINF",
      uncertainty: FOLDER_UNCERTAINTY + unseen * spread + DRIFT * elapsed,
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
    const since = segments.slice(segments.indexOf(segment)).reduce((sum, { seconds }) => sum + seconds, 0);
    const assumed = "The newest segment ended when the playlist was read.";
    return { utc: listed - 1000 * since, source: "arrival and EXTINF", uncertainty: target + 5, assumed };
  }
}
