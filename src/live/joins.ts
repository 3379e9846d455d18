import { type ClockSpan, clockLeap } from "../audio/index.ts";
import type { Start } from "../times/index.ts";
import type { Segment } from "./playlist.ts";
import { WRITTEN } from "./segment-starts.ts";

/** Seconds by which a written time may miss the reckoned one before audio counts as missing. */
const JUMP = 0.5;
/** Seconds by which uploads and requests may be late. */
const LATE = 60;

/** A segment that was given out. */
export interface Given {
  readonly segment: Segment;
  readonly span: ClockSpan | undefined;
  /** Last-Modified, and when it was listed, ms since 1970. */
  readonly modified: number | undefined;
  readonly listed: number;
}

/** A break between two segments. */
export interface Discontinuity {
  readonly message: string;
  /** What is missing; undefined where nobody can know. */
  readonly seconds: number | undefined;
  /** Whether the sound's own time stamps alone say so: then the time before it goes on, by so many seconds. */
  readonly byStamps: boolean;
}

/**
 * Whether audio is missing between two segments of an open stretch: the playlist says so, its dates jump, or the sound's
 * own time stamps leap. What they leap ahead the decoder would fill with silence; back they may go by half a second, which
 * costs nothing.
 * @param now  when the segment should begin by those before it
 */
export function discontinuityBetween(before: Given, next: Given, now: Start | undefined): Discontinuity | undefined {
  const { segment } = next;
  const dated = now?.source === WRITTEN && segment.date !== undefined;
  const jump = dated ? ((segment.date?.utc ?? 0) - now.utc) / 1000 : undefined;
  // Stamps in whole seconds are cut, each by up to one.
  const allowed = JUMP + Math.max(before.segment.date?.resolution ?? 0, segment.date?.resolution ?? 0);
  const jumps = jump !== undefined && Math.abs(jump) > allowed;
  const leap = leapBetween(before, next);
  if (!segment.discontinuity && !jumps && leap === undefined) return undefined;
  const by = (seconds: number) => `${Math.abs(seconds).toFixed(3)} s ${seconds < 0 ? "back" : "ahead"}`;
  const message = segment.discontinuity
    ? "The playlist says that what follows does not follow on."
    : jumps
      ? `The playlist's time jumps ${by(jump)}.`
      : `The sound's time stamps leap ${by(leap ?? 0)}.`;
  const byStamps = !segment.discontinuity && !jumps;
  return { message, seconds: credible(byStamps ? leap : jump, before, next), byStamps };
}

/** Seconds by which the time stamps do not follow on; undefined where they do, or where there are none. */
function leapBetween({ span: before }: Given, { span: next }: Given): number | undefined {
  if (before === undefined || next === undefined) return undefined;
  const leap = clockLeap(before.to, next.from);
  return leap >= next.waver || leap < -JUMP ? leap : undefined;
}

/** A length of what is missing that can be: no more than went by between the two segments. */
function credible(seconds: number | undefined, before: Given, next: Given): number | undefined {
  if (seconds === undefined || seconds < -JUMP) return undefined;
  const uploads = [before.modified, next.modified];
  const between =
    uploads[0] !== undefined && uploads[1] !== undefined
      ? (uploads[1] - uploads[0]) / 1000
      : before.listed === next.listed
        ? Number.POSITIVE_INFINITY
        : (next.listed - before.listed) / 1000 + 3 * next.segment.seconds;
  return seconds <= between + LATE ? Math.max(0, seconds) : undefined;
}
