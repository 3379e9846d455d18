/** Zones by their names in the IANA time zone database, through Intl: every runtime brings its own copy. */
import type { Placed } from "./placed.ts";

const DAY = 86_400_000;

/** Characters of the longest name (America/Argentina/ComodRivadavia has 32). */
const LONGEST = 40;

/** As Intl spells it, or undefined where it knows no such zone. */
export function namedZone(text: string): string | undefined {
  if (!/^[A-Za-z][\w/+-]*$/.test(text) || text.length > LONGEST) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/**
 * A clock's reading in a zone that has summer time. In the hour that comes twice the first is taken, in the one that does
 * not come the clock is taken not to have been put forward; either way the other stays possible, and is said.
 * @param wall  the reading, as milliseconds since 1970 if it were UTC
 */
export function wallInNamedZone(wall: number, zone: string): Placed {
  const clock = clockOf(zone);
  const [before, after] = [offset(clock, wall - DAY), offset(clock, wall + DAY)] as const;
  const found = [...new Set([wall - before, wall - after])].filter((utc) => utc + offset(clock, utc) === wall);
  const [first, second] = found;
  const doubt = Math.abs(before - after) / 1000;
  if (first === undefined) {
    const assumed = `That hour is left out in ${zone}, where clocks go forward: one that was not put forward was taken.`;
    return { utc: wall - before, doubt, assumed };
  }
  if (second === undefined) return { utc: first, doubt: 0 };
  const assumed = `That hour comes twice in ${zone}, where clocks go back: the first was taken.`;
  return { utc: Math.min(first, second), doubt, assumed };
}

/** The last one: a run has one zone, and making one takes a millisecond. */
let last: { readonly zone: string; readonly clock: Intl.DateTimeFormat } | undefined;

function clockOf(zone: string): Intl.DateTimeFormat {
  if (last?.zone !== zone) {
    const numeric = "numeric";
    const fields = {
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    } as const;
    const clock = new Intl.DateTimeFormat("en", { ...fields, timeZone: zone, calendar: "gregory", hourCycle: "h23" });
    last = { zone, clock };
  }
  return last.clock;
}

/** Milliseconds that the zone is ahead of UTC at a time. */
function offset(clock: Intl.DateTimeFormat, utc: number): number {
  const second = Math.floor(utc / 1000) * 1000;
  const parts = new Map(clock.formatToParts(second).map(({ type, value }) => [type, Number(value)]));
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, whole = 0] = (
    ["year", "month", "day", "hour", "minute", "second"] as const
  ).map((part) => parts.get(part));
  return Date.UTC(year, month - 1, day, hour, minute, whole) - second;
}
