/** A date and a time of day as somebody wrote them, without saying where. */
export interface Civil {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** May have a fraction; 60 is a leap second, which counts as the first of the next minute (POSIX). */
  readonly second: number;
}

/**
 * Milliseconds since 1970 of a date and time read as UTC; undefined for one that does not exist (month 13, 30 February).
 * 24:00:00 is the end of its day (ISO 8601-1, 4.3.8).
 */
export function civilUtc({ year, month, day, hour, minute, second }: Civil): number | undefined {
  const ofDay = hour <= 23 || (hour === 24 && minute === 0 && second === 0);
  const inside = month >= 1 && month <= 12 && day >= 1 && ofDay && minute <= 59 && second < 61;
  if (!inside || hour < 0 || minute < 0 || second < 0) return undefined;
  // Date.UTC takes years below 100 for the twentieth century's.
  const date = new Date(year < 100 ? Number.NaN : Date.UTC(year, month - 1, day));
  if (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1) return undefined;
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}
