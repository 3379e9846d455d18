import { claimed, isoTime, stampUtc } from "../times/index.ts";

/** When a segment begins, as EXT-X-PROGRAM-DATE-TIME has it. */
export interface Dated {
  /** ms since 1970; where no zone is stated the date is read as UTC. */
  readonly utc: number;
  /** Seconds within which the stamp leaves the time open. */
  readonly resolution: number;
  /** Whether it states its zone. */
  readonly zoned: boolean;
}

/** How a segment follows on the one before, and how long it is. */
interface Link {
  readonly seconds: number;
  readonly stated: boolean;
  readonly discontinuity: boolean;
}

/**
 * A thousand milliseconds, as writers have it that round up and print them in three digits (ffmpeg did, before it
 * clipped them): a second, not its tenth.
 */
const THOUSAND = /\.1000(?!\d)/;
/** Where other dates have four digits and more, theirs are decimal fractions, and so is that one. */
const DECIMAL = /\.\d{4,}/;
const MS_BEYOND_TENTH = 900;

/** The dates of one copy of a playlist. */
export class DateReader {
  readonly #own = new Map<number, { readonly date: Dated; readonly thousand: boolean }>();
  #decimal = false;

  /**
   * The date that stands before segment `place`.
   * @returns what is wrong with one that says nothing
   */
  note(place: number, text: string): string | undefined {
    const stamp = isoTime(text);
    const { refused } = claimed("EXT-X-PROGRAM-DATE-TIME", text, stamp);
    if (refused[0] !== undefined || stamp === undefined) return refused[0];
    const thousand = THOUSAND.test(text);
    this.#decimal ||= !thousand && DECIMAL.test(text);
    this.#own.set(place, {
      date: { utc: stampUtc(stamp), resolution: stamp.resolution, zoned: stamp.offset !== undefined },
      thousand,
    });
    return undefined;
  }

  /** The date of each segment: its own, or one reckoned by the lengths between it and a neighbour that has one. */
  reckon(links: readonly Link[]): readonly (Dated | undefined)[] {
    const dates = links.map((_, at) => this.#ownOf(at));
    const first = dates.findIndex((date) => date !== undefined);
    if (first < 0) return dates;
    for (let at = first + 1; at < dates.length; at++) dates[at] ??= moved(dates[at - 1], links[at - 1], links[at], 1);
    for (let at = first - 1; at >= 0; at--) dates[at] = moved(dates[at + 1], links[at], links[at + 1], -1);
    return dates;
  }

  #ownOf(place: number): Dated | undefined {
    const own = this.#own.get(place);
    if (own === undefined || !own.thousand || this.#decimal) return own?.date;
    return { ...own.date, utc: own.date.utc + MS_BEYOND_TENTH };
  }
}

/** A date over a segment of known length to its neighbour; none over a break or a length that is a guess. */
function moved(
  date: Dated | undefined,
  over: Link | undefined,
  later: Link | undefined,
  sign: 1 | -1,
): Dated | undefined {
  if (date === undefined || !over?.stated || later?.discontinuity) return undefined;
  return { ...date, utc: date.utc + sign * 1000 * over.seconds };
}
