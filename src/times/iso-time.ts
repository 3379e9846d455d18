import { civilUtc } from "./civil.ts";
import { zoneMinutes } from "./zone.ts";

/** A stamp that was read. */
export interface Stamp {
  /** What the clock showed, as milliseconds since 1970 if it were UTC. */
  readonly wall: number;
  /** Seconds within which it leaves the time open: 1 for whole seconds, which clocks cut and do not round. */
  readonly resolution: number;
  /** Minutes east of UTC that it states, or undefined. */
  readonly offset: number | undefined;
}

/** Milliseconds since 1970; a stamp that states no zone is read as UTC. */
export function stampUtc({ wall, offset }: Pick<Stamp, "wall" | "offset">): number {
  return wall - (offset ?? 0) * 60_000;
}

const ISO =
  /^(\d{4})-?(\d\d)-?(\d\d)[T _](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,12}))?)?\s*(Z|z|UTC|GMT|(?:UTC)?[-+ \u2212]\d\d?(?::?\d\d)?)?$/;

/**
 * A date and time of ISO 8601, extended or basic, with `T` or a blank in the middle: `2024-05-01T12:00:00.250+02:00`,
 * `20240501T100000Z`. Undefined for any other text and for a time that does not exist.
 */
export function isoTime(text: string): Stamp | undefined {
  const parts = ISO.exec(text.trim());
  if (parts === null) return undefined;
  const [year, month, day, hour, minute] = parts.slice(1, 6).map(Number) as [number, number, number, number, number];
  const [seconds, fraction = "", zone] = parts.slice(6);
  const utc = civilUtc({ year, month, day, hour, minute, second: Number(`${seconds ?? 0}.${fraction}`) });
  const offset = zone === undefined ? undefined : zoneMinutes(zone);
  if (utc === undefined || (zone !== undefined && offset === undefined)) return undefined;
  const resolution = seconds === undefined ? 60 : 10 ** -fraction.length;
  return { wall: utc, resolution, offset };
}
