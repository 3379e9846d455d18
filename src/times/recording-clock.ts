import type { Start, Stretch, TimeFinding } from "./types.ts";
import { utcText } from "./utc-text.ts";

/** Seconds by which a stretch may begin away from where the one before it ended and still go on with it. */
const GAP = 0.1;

/** Gaps that are told one by one. */
const MOST_TOLD = 20;

/** Stretches beyond which leaps are not followed: a stream that leaps more often has no usable clock. */
const MOST_LEAPS = 1000;

/** A place in the samples where time jumps. */
export interface Break {
  readonly frame: number;
  /** Seconds that nobody recorded; negative where the clock was set back. */
  readonly gap: number;
  /** When the first sample behind it was taken: milliseconds since 1970. */
  readonly utc: number;
}

/** From places in a recording to UTC, piece by piece where it has gaps. */
export class RecordingClock {
  #stretches: readonly Stretch[];
  readonly #rate: number;
  /** Where windows must not reach across, in order. */
  readonly breaks: readonly Break[];

  /**
   * @param rate  Hz, by which the recording's seconds are counted
   * @param stretches  in order; empty for a recording that is one
   */
  constructor(start: Start, rate: number, stretches: readonly Stretch[]) {
    this.#rate = rate;
    this.#stretches = stretches.length > 0 ? stretches : [{ frame: 0, utc: start.utc, rate }];
    this.breaks = this.#stretches.flatMap((stretch, index) => {
      const before = this.#stretches[index - 1];
      if (before === undefined) return [];
      const gap = (stretch.utc - utcAt(before, stretch.frame)) / 1000;
      return Math.abs(gap) > GAP ? [{ frame: stretch.frame, gap, utc: stretch.utc }] : [];
    });
  }

  /**
   * Milliseconds since 1970 of a place. Each is reckoned from its stretch's start, so nothing adds up over days.
   * @param seconds  from the recording's first sample, to the microsecond
   */
  utc(seconds: number): number {
    const frame = seconds * this.#rate;
    // A place that was rounded to the microsecond may lie that much before the stretch that it begins.
    const reach = frame + this.#rate * 1e-6;
    let [low, high] = [0, this.#stretches.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#stretches[middle] as Stretch).frame <= reach) low = middle;
      else high = middle - 1;
    }
    return utcAt(this.#stretches[low] as Stretch, frame);
  }

  /** From sample `frame` on, `seconds` were left out: behind it the time is so much later. A gap that was found on the way. */
  leap(frame: number, seconds: number): void {
    if (this.#stretches.length >= MOST_LEAPS) return;
    const before = this.#stretches.filter((stretch) => stretch.frame <= frame);
    const { rate } = before.at(-1) as Stretch;
    const utc = this.utc(frame / this.#rate) + 1000 * seconds;
    this.#stretches = [...before, { frame, utc, rate }, ...this.#stretches.slice(before.length)];
  }

  /** What a reader should know of the breaks before sample `frames`. */
  findings(frames: number): TimeFinding[] {
    const passed = this.breaks.filter(({ frame }) => frame < frames);
    const told = passed.slice(0, MOST_TOLD).map(({ frame, gap, utc }) => {
      const seconds = frame / this.#rate;
      const what = gap > 0 ? `${round(gap)} s were not recorded` : `the recorder's clock went back by ${round(-gap)} s`;
      const message = `At ${seconds.toFixed(3)} s ${what}; the audio goes on at ${utcText(utc)}, in windows of its own.`;
      return { code: "gap", message, lost: false, seconds } as const;
    });
    if (passed.length <= MOST_TOLD) return told;
    const message = `There are ${passed.length - MOST_TOLD} more gaps of this kind.`;
    return [...told, { code: "gap", message, lost: false }];
  }
}

function utcAt({ frame, utc, rate }: Stretch, place: number): number {
  return utc + ((place - frame) / rate) * 1000;
}

function round(seconds: number): number {
  return Number(seconds.toFixed(3));
}
