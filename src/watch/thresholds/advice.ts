import type { Verdict } from "../event.ts";
import { BINS, binOf, lowerEdge } from "./scores.ts";

/** What is known of a class at a site, of some days. */
export interface Evidence {
  /** Seconds of background that were heard. */
  readonly seconds: number;
  /** Windows of it, by bin of their scores. */
  readonly background: ArrayLike<number>;
  /** Windows that make an event at least. */
  readonly windows: number;
  readonly events: readonly { readonly peak: number; readonly verdict: Verdict["verdict"] | undefined }[];
  /** What holds now. */
  readonly threshold: number;
}

/** A threshold of a class at a site, as its own background suggests it. */
export interface Advice {
  /** Undefined where too little was heard: `why` says it. */
  readonly suggested: number | undefined;
  readonly why: string | undefined;
  /** False alarms a day that are to be expected, with what holds now and with what is suggested. */
  readonly falseNow: number;
  readonly falseThen: number | undefined;
  /** Confirmed events whose score would not reach the suggestion, and all that were confirmed. */
  readonly missed: number;
  readonly confirmed: number;
  readonly rejected: number;
  /** Events that nobody judged: they count as neither. */
  readonly unjudged: number;
  /** Days of sound that it rests on. */
  readonly days: number;
}

/** Days of sound below which nothing is suggested. */
const LEAST_DAYS = 1;
/** Nothing below is suggested: what is called so improbable is nothing to be woken by. */
const LEAST_THRESHOLD = 0.1;

/**
 * The lowest threshold at which a site's background gives no more false alarms a day than wished: rejected events, by the highest
 * of their scores, and windows outside of events, as many together as an event needs.
 * @param most  false alarms a day
 */
export function adviceOf({ seconds, background, windows, events, threshold }: Evidence, most: number): Advice {
  const days = seconds / 86_400;
  const of = (verdict: Verdict["verdict"] | undefined) => events.filter((event) => event.verdict === verdict);
  const [confirmed, unjudged] = [of("confirmed"), of(undefined)];
  // What was called by another name is as wrong as what was rejected.
  const wrong = [...of("rejected"), ...of("named")];
  const falseAt = (bin: number) => {
    let quiet = 0;
    for (let at = bin; at < BINS; at++) quiet += background[at] ?? 0;
    return (wrong.filter(({ peak }) => binOf(peak) >= bin).length + quiet / windows) / days;
  };
  const counts = {
    confirmed: confirmed.length,
    rejected: wrong.length,
    unjudged: unjudged.length,
    days: Math.round(100 * days) / 100,
  };
  const nothing = (why: string) => ({ suggested: undefined, why, falseThen: undefined, missed: 0, ...counts });
  if (days < LEAST_DAYS) {
    const hours = (24 * days).toFixed(days < 0.4 ? 1 : 0);
    return { ...nothing(`Only ${hours} h of its background were heard: it takes a day.`), falseNow: Number.NaN };
  }
  const falseNow = falseAt(binOf(threshold));
  let bin = BINS - 1;
  if (falseAt(bin) > most)
    return {
      ...nothing(`No threshold keeps false alarms below ${most} a day: train the head with what was rejected.`),
      falseNow,
    };
  while (bin > binOf(LEAST_THRESHOLD) + 1 && falseAt(bin - 1) <= most) bin--;
  const suggested = lowerEdge(bin);
  const missed = confirmed.filter(({ peak }) => peak < suggested).length;
  return { suggested, why: undefined, falseNow, falseThen: falseAt(bin), missed, ...counts };
}
