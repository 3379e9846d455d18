import type { EventRule } from "../../src/heads/event-rule.ts";
import { EventStage, type Happening } from "../../src/heads/events.ts";
import type { Recording } from "../session/recording.ts";
import type { Result } from "../session/result.ts";

/** An event of a class of the head. */
export interface PageEvent extends Happening {
  readonly recording: Recording;
  readonly result: Result;
  /** Its class, by its place in the head. */
  readonly class: number;
}

/** The events of one class in one recording: as `orca-embed detect` finds them. @param seconds  that the recording is long */
export function eventsOf(
  { starts, ends }: Pick<Result, "starts" | "ends">,
  probabilities: Float64Array,
  threshold: number,
  { off, ...rule }: EventRule,
  seconds: number,
): Happening[] {
  const lower = off === undefined ? {} : { off: Math.min(off, threshold) };
  const stage = new EventStage({ ...rule, ...lower }, threshold);
  const found: Happening[] = [];
  const take = (happenings: readonly Happening[]) => {
    for (const one of happenings) if (one.phase === "end") found.push(one);
  };
  for (let at = 0; at < probabilities.length; at++) {
    // The last window may reach beyond the recording.
    const end = Math.min(ends[at] as number, seconds);
    take(stage.push({ start: starts[at] as number, end, probability: probabilities[at] as number }));
  }
  take(stage.flush());
  return found;
}

/** Wilson's interval of a share at 95 % (Wilson 1927): few verdicts leave much open. */
export function shareInterval(right: number, of: number): readonly [number, number] {
  const z = 1.959964;
  const share = right / of;
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
