import { namedZone, wallInNamedZone } from "./named-zone.ts";
import type { Placed } from "./placed.ts";

export type { Placed } from "./placed.ts";

/** The farthest offsets from UTC that are in use (IANA tz database: Pacific/Kiritimati, and -12 of ships), hours. */
export const FARTHEST_ZONE = 14;

/** A zone: minutes east of UTC, or a name of the IANA time zone database like `America/Vancouver`. */
export type Zone = number | string;

/**
 * Minutes east of UTC that a text like `Z`, `UTC`, `+02:00`, `-0730`, `+2`, `UTC-8` or `UTC+5:30` says; undefined for any
 * other. A blank stands for `+`, which a query's `+` turns into.
 */
export function zoneMinutes(text: string): number | undefined {
  const trimmed = text.replace(/^(?:UTC|GMT)/i, "").trimEnd();
  if (trimmed === "" && text.trim() !== "") return 0;
  if (/^z$/i.test(trimmed)) return 0;
  const parts = /^([-+ \u2212])(\d{1,2})(?::?([0-5]\d))?$/.exec(trimmed);
  if (parts === null) return undefined;
  const minutes = 60 * Number(parts[2]) + Number(parts[3] ?? 0);
  if (minutes > 60 * FARTHEST_ZONE) return undefined;
  return parts[1] === "+" || parts[1] === " " || minutes === 0 ? minutes : -minutes;
}

/** The zone that a caller names: an offset, or a name of the IANA database in any case; undefined for anything else. */
export function zoneOf(text: string): Zone | undefined {
  return zoneMinutes(text) ?? namedZone(text.trim());
}

/** Offsets that are no whole hour, as far as they were in use since 2000: IANA tz database, 2025. */
const PARTS_OF_HOURS = [-570, -270, -210, -150, 210, 270, 330, 345, 390, 510, 525, 570, 630, 690, 765, 825];

/** Whether clocks somewhere are, or were since 2000, so many minutes ahead of UTC: -12 to +14 hours, and the few that lie between. */
export function isUsedOffset(minutes: number): boolean {
  if (minutes < -12 * 60 || minutes > FARTHEST_ZONE * 60) return false;
  return minutes % 60 === 0 || PARTS_OF_HOURS.includes(minutes);
}

/** @param wall  a clock's reading, as milliseconds since 1970 if it were UTC */
export function placed(wall: number, zone: Zone): Placed {
  return typeof zone === "number" ? { utc: wall - zone * 60_000, doubt: 0 } : wallInNamedZone(wall, zone);
}

/** `+05:30`, `America/Vancouver` */
export function zoneText(zone: Zone): string {
  if (typeof zone === "string") return zone;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${zone < 0 ? "-" : "+"}${two(Math.floor(Math.abs(zone) / 60))}:${two(Math.abs(zone) % 60)}`;
}
