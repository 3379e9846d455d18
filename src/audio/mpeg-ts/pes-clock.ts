import { BLOCK_SAMPLES } from "../aac/types.ts";
import type { FindingLog } from "../finding-log.ts";

/** Ticks of a time stamp in a second, and how far they count: ISO/IEC 13818-1, 2.4.3.7. */
const TICKS = 90_000;
const WRAP = 2 ** 33;

/** Longer silence than this is not put in: such a jump is another recording rather than a loss. */
const LONGEST_FILL = 30;

/**
 * Live nodes' time stamps waver by up to a third of a block (measured on Orcasound's segments: 555 ticks of 1920), so
 * only a jump of three quarters counts where no packet is known to be missing.
 */
export const SURE = 0.75;

/**
 * By how much the stream's own clock leaps where one place follows on another, in seconds: the difference nearest to zero,
 * whatever the wrap after 26.5 hours.
 * @param expected  where the clock should be, and @param found  where it is, in seconds
 */
export function clockLeap(expected: number, found: number): number {
  return nearest((found - expected) * TICKS) / TICKS;
}

const nearest = (ticks: number) => ticks - WRAP * Math.round(ticks / WRAP);

/** From sample `sample` on, time runs on from `seconds` of the stream's own clock. */
export interface TimeAnchor {
  readonly sample: number;
  readonly seconds: number;
}

/** Anchors that are kept, the first ones: a stream that jumps more often has no usable clock. */
const MOST_ANCHORS = 1000;

/** Holds the time stamps of PES packets against the samples, and tells how much silence lost audio leaves. */
export class PesClock {
  readonly #log: FindingLog;
  readonly #rate: () => number;
  #marks: { readonly position: number; readonly pts: number }[] = [];
  #last: { readonly sample: number; readonly ticks: number } | undefined;
  #gap = false;
  #filled = 0;
  readonly #anchors: TimeAnchor[] = [];

  /** @param rate  Hz, asked for once samples come */
  constructor(log: FindingLog, rate: () => number) {
    this.#log = log;
    this.#rate = rate;
  }

  get anchors(): readonly TimeAnchor[] {
    return this.#anchors;
  }

  /** Where the clock stands behind sample `samples`: seconds; undefined before its first time stamp. */
  at(samples: number): number | undefined {
    return this.#last === undefined ? undefined : this.#expected(this.#last, samples) / TICKS;
  }

  /** The first frame that begins at `position` or after it begins at `pts`. */
  mark(position: number, pts: number): void {
    if (this.#marks.at(-1)?.position === position) this.#marks.pop();
    this.#marks.push({ position, pts });
  }

  /** Packets are missing before the next mark. */
  gap(newClock: boolean): void {
    this.#gap = true;
    if (newClock) this.#last = undefined;
  }

  /** @returns blocks of silence to put in before the frame at `position`, which is sample `samples` */
  before(position: number, samples: number): number {
    let pts: number | undefined;
    while (this.#marks.length > 0 && (this.#marks[0]?.position ?? 0) <= position) pts = this.#marks.shift()?.pts;
    if (pts === undefined) return 0;
    const last = this.#last;
    if (last === undefined) {
      this.#gap = false;
      this.#follow(samples, pts, true);
      return 0;
    }
    const rate = this.#rate();
    const jump = nearest(pts - this.#expected(last, samples));
    const blocks = (jump * rate) / (TICKS * BLOCK_SAMPLES);
    const whole = this.#gap || Math.abs(blocks) >= SURE ? Math.round(blocks) : 0;
    const fill = whole > 0 && this.#mayFill(whole, samples, rate) ? whole : 0;
    if (whole !== 0) this.#report(jump / TICKS, fill, samples / rate);
    this.#gap = false;
    this.#filled += fill;
    this.#follow(samples + fill * BLOCK_SAMPLES, pts, whole !== 0 && fill === 0);
    return fill;
  }

  #expected({ sample, ticks }: { sample: number; ticks: number }, samples: number): number {
    return ticks + ((samples - sample) * TICKS) / this.#rate();
  }

  #follow(sample: number, ticks: number, anchor: boolean): void {
    this.#last = { sample, ticks };
    if (anchor && this.#anchors.length < MOST_ANCHORS) this.#anchors.push({ sample, seconds: ticks / TICKS });
  }

  /** Silence never is more than half of what comes out and 30 s: damaged stamps must not make hours of it. */
  #mayFill(blocks: number, samples: number, rate: number): boolean {
    const longest = (LONGEST_FILL * rate) / BLOCK_SAMPLES;
    return blocks <= longest && 2 * (this.#filled + blocks) <= samples / BLOCK_SAMPLES + blocks + longest;
  }

  #report(jump: number, fill: number, seconds: number): void {
    const direction = jump > 0 ? "forward" : "back";
    const filled = fill > 0 ? `; ${fill * BLOCK_SAMPLES} samples of silence stand for what is missing` : "";
    const message = `Time stamps jump ${direction} by ${Math.abs(jump).toFixed(3)} s at ${seconds.toFixed(3)} s${filled}.`;
    this.#log.add({ code: "time_jump", message, lost: jump > 0, seconds, count: fill * BLOCK_SAMPLES });
  }
}
