/** Seconds as m:ss.d or h:mm:ss.d, with as many decimals as asked for. */
export function clock(seconds: number, decimals = 0): string {
  const unit = 10 ** decimals;
  const whole = Math.round(seconds * unit);
  const total = Math.floor(whole / unit);
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const fraction = decimals === 0 ? "" : `.${String(whole % unit).padStart(decimals, "0")}`;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(rest)}${fraction}`;
}

/**
 * When a recording began, where its name says so: 2020-09-27T00-16-55, 20200927_001655, 2020_09_27_00_16_55, with Z or
 * not (recorders of hydrophones write UTC), or seconds since 1970 as Orcasound's segments carry.
 */
export function startOfName(name: string): Date | undefined {
  const written = /(20\d\d)[-_]?([01]\d)[-_]?([0-3]\d)[T_\- ]([0-2]\d)[-_:]?([0-5]\d)[-_:]?([0-5]\d)/.exec(name);
  if (written !== null) {
    const [, year, month, day, hour, minute, second] = written.map(Number);
    return new Date(Date.UTC(year as number, (month as number) - 1, day, hour, minute, second));
  }
  const epoch = /(?:^|\D)(1[4-9]\d{8})(?:\D|$)/.exec(name)?.[1];
  return epoch === undefined ? undefined : new Date(1000 * Number(epoch));
}

/** A time of day, in UTC and where the reader is. */
export function wallClock(start: Date, seconds: number): { utc: string; local: string } {
  const at = new Date(start.getTime() + 1000 * seconds);
  const utc = `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const local = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return { utc, local };
}
