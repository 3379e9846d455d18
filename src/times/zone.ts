/** The farthest offsets from UTC that are in use (IANA tz database: Pacific/Kiritimati, and -12 of ships), hours. */
export const FARTHEST_ZONE = 14;

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
