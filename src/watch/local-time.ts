import * as z from "zod";
import { namedZone } from "../times/named-zone.ts";

const DAY = 1440;
const CLOCK = /^([01]\d|2[0-4]):([0-5]\d)$/;
const HOURS = /^(\S+)-(\S+)$/;

/** `18:00`: minutes since midnight. */
function minutesOf(text: string): number | undefined {
  const [, hour, minute] = CLOCK.exec(text) ?? [];
  if (hour === undefined || minute === undefined) return undefined;
  const minutes = 60 * Number(hour) + Number(minute);
  return minutes <= DAY ? minutes : undefined;
}

/** Minutes of a day, from the first to before the last; over midnight where the last is not behind the first. */
export interface DailyHours {
  readonly from: number;
  readonly to: number;
}

/** `06:00-22:00`, `22:00-07:00`. */
export const DailyHours = z.string().transform((text, context): DailyHours => {
  const [, a = "", b = ""] = HOURS.exec(text) ?? [];
  const [from, to] = [minutesOf(a), minutesOf(b)];
  if (from !== undefined && to !== undefined && from !== to) return { from, to };
  context.addIssue({ code: "custom", message: "are no hours: write 22:00-07:00" });
  return z.NEVER;
});

/** `18:00`. */
export const TimeOfDay = z.string().transform((text, context): number => {
  const minutes = minutesOf(text);
  if (minutes !== undefined) return minutes % DAY;
  context.addIssue({ code: "custom", message: "is no time of day: write 18:00" });
  return z.NEVER;
});

/** A zone of the IANA database, as Intl spells it. */
export const ZoneName = z.string().transform((text, context): string => {
  const zone = namedZone(text);
  if (zone !== undefined) return zone;
  context.addIssue({ code: "custom", message: "is no zone: write America/Vancouver, or UTC" });
  return z.NEVER;
});

/** The clock on the wall in a zone. */
export class LocalTime {
  readonly #format: Intl.DateTimeFormat;
  readonly zone: string;

  constructor(zone: string) {
    this.zone = zone;
    const fields = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
    this.#format = new Intl.DateTimeFormat("en", { ...fields, timeZone: zone, calendar: "gregory", hourCycle: "h23" });
  }

  /** The date and the minutes since midnight. @param utc  ms since 1970 */
  at(utc: number): { readonly day: string; readonly minutes: number } {
    const parts = new Map(this.#format.formatToParts(utc).map(({ type, value }) => [type, value]));
    const day = `${parts.get("year")}-${parts.get("month")}-${parts.get("day")}`;
    return { day, minutes: 60 * Number(parts.get("hour")) + Number(parts.get("minute")) };
  }

  /** `2026-11-28 23:41`. */
  text(utc: number): string {
    const { day, minutes } = this.at(utc);
    return `${day} ${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  }

  /** When the day began that this moment is of, ms since 1970, to the minute. */
  dayStart(utc: number): number {
    const { day } = this.at(utc);
    let at = Math.floor(utc / 60_000) * 60_000 - 60_000 * this.at(utc).minutes;
    // Where clocks were changed since, midnight was an hour earlier or later.
    if (this.at(at).day !== day) at += 3_600_000;
    else if (this.at(at).minutes !== 0) at -= 60_000 * this.at(at).minutes;
    return at;
  }

  /** Whether it is within any of the hours. */
  isWithin(hours: readonly DailyHours[], utc: number): boolean {
    const { minutes } = this.at(utc);
    return hours.some(({ from, to }) =>
      from < to ? minutes >= from && minutes < to : minutes >= from || minutes < to,
    );
  }

  /** The first minute from `utc` on that is so, ms since 1970; a day and an hour later where none is. */
  next(utc: number, is: (utc: number) => boolean): number {
    const minute = 60_000;
    let at = utc;
    for (let tries = 0; tries < DAY + 60 && !is(at); tries++) at = (Math.floor(at / minute) + 1) * minute;
    return at;
  }

  /** When a clock next shows this time of day, after `utc`. */
  nextTimeOfDay(timeOfDay: number, utc: number): number {
    const minute = (Math.floor(utc / 60_000) + 1) * 60_000;
    return this.next(minute, (at) => this.at(at).minutes === timeOfDay);
  }
}
