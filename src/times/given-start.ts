import { OrcaError } from "../errors.ts";
import { isoTime, stampUtc } from "./iso-time.ts";
import type { Start } from "./types.ts";

/** Seconds since 1970 in the year 5138: more are milliseconds or a mistake. */
const MOST_SECONDS = 1e11;

/** How the caller's own word is named in the header. */
export const GIVEN = "start=";

/**
 * The start that a caller states: ISO 8601 with an offset or Z, or seconds since 1970. Throws `bad_option` for anything
 * else: the caller knows, so nothing is guessed.
 * @param said  the field that states it
 */
export function givenStart(text: string, said = "start"): Start {
  const trimmed = text.trim();
  if (/^\d+(\.\d{1,12})?$/.test(trimmed)) {
    const seconds = Number(trimmed);
    if (seconds < MOST_SECONDS) {
      const decimals = trimmed.split(".")[1]?.length ?? 0;
      return { utc: seconds * 1000, source: GIVEN, uncertainty: 10 ** -decimals };
    }
    throw wrong(said, text, "is too large for seconds since 1970", "Are these milliseconds? Divide them by 1000.");
  }
  const stamp = isoTime(trimmed);
  if (stamp === undefined) throw wrong(said, text, "is no date and time");
  if (stamp.offset === undefined) throw wrong(said, text, "does not say its zone");
  return { utc: stampUtc(stamp), source: GIVEN, uncertainty: stamp.resolution };
}

function wrong(said: string, text: string, what: string, more = ""): OrcaError {
  const hint = "Use ISO 8601 with Z or an offset, like 2024-05-01T12:00:00Z, or seconds since 1970.";
  return new OrcaError("bad_option", `${said === "start" ? GIVEN : `${said} `}${JSON.stringify(text)} ${what}.`, {
    field: said.replace(/^--/, ""),
    hint: more === "" ? hint : `${more} ${hint}`,
  });
}
