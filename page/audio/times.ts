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

/** A time of day, in UTC and where the reader is. */
export function wallClock(start: Date, seconds: number): { utc: string; local: string } {
  const at = new Date(start.getTime() + 1000 * seconds);
  const utc = `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const local = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return { utc, local };
}
