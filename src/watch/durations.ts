import * as z from "zod";

const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, day: 86_400, days: 86_400 };
const FORM = /^(\d+(?:\.\d+)?)\s*(s|min|h|days?)$/;

/** `90 s`, `30 min`, `2 h`, `1 day`: seconds. */
export const Duration = z
  .string("is no time: write 90 s, 30 min, 2 h or 1 day")
  .regex(FORM, "is no time: write 90 s, 30 min, 2 h or 1 day")
  .transform((text) => {
    const [, count = "", unit = ""] = FORM.exec(text) ?? [];
    return Number(count) * (UNITS[unit] as number);
  });

const RATE = /^(\d+)\/(min|h|hour|day)$/;
const PER: Readonly<Record<string, number>> = { min: 60, h: 3600, hour: 3600, day: 86_400 };

/** So many in so many seconds. */
export interface Rate {
  readonly count: number;
  readonly seconds: number;
}

/** `10/hour`, `3/day`. */
export const Rate = z
  .string("is no rate: write 10/hour or 3/day")
  .regex(RATE, "is no rate: write 10/hour or 3/day")
  .transform((text): Rate => {
    const [, count = "", per = ""] = RATE.exec(text) ?? [];
    return { count: Number(count), seconds: PER[per] as number };
  });

/** Seconds in words: `45 s`, `10 min`, `2.5 h`. */
export function inWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}
