import { type Stamp, stampUtc } from "./iso-time.ts";
import type { Claim, Said } from "./types.ts";

/**
 * Years that a clock shows whose battery died: it counts from its epoch (POSIX 1970, DOS and GPS 1980, most real-time
 * clocks 2000).
 */
const DEAD_CLOCKS: readonly number[] = [1970, 1980, 2000];
const FIRST_YEAR = 1900;
const LAST_YEAR = 2100;

export const NOTHING_SAID: Said = { claims: [], refused: [] };

/** A stamp as it was read, with what is to be known of it beside. */
export interface ClaimedStamp extends Stamp, Partial<Pick<Claim, "counted" | "notes">> {
  /** Where its offset may be something else: seconds that it then leaves open. */
  readonly doubt?: number;
}

/**
 * A claim, or the reason why its time cannot be true.
 * @param text  the stamp as it was written
 * @param convention  whether its maker writes UTC where nothing is stated
 */
export function claimed(source: string, text: string, stamp: ClaimedStamp | undefined, convention = false): Said {
  const written = `${source} says ${JSON.stringify(text.slice(0, 60))}`;
  if (stamp === undefined) return refused(`${written}, which is no date and time.`);
  const year = new Date(stampUtc(stamp)).getUTCFullYear();
  if (DEAD_CLOCKS.includes(year))
    return refused(`${written}: clocks without a battery show ${year}, so it was not believed.`);
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) return refused(`${written}, which cannot be when it was recorded.`);
  const { wall, offset, resolution, counted = false, notes = [], doubt } = stamp;
  const stated = doubt === undefined ? "stated" : "doubtful";
  const zone = offset !== undefined ? stated : convention ? "utc" : "unknown";
  return { claims: [{ source, wall, offset, resolution, zone, doubt, counted, notes }], refused: [] };
}

function refused(why: string): Said {
  return { claims: [], refused: [why] };
}

/** What several say, in order. */
export function together(...parts: readonly Said[]): Said {
  const recorder = Object.assign({}, ...parts.map((part) => part.recorder ?? {}).reverse());
  const stretches = parts.find((part) => part.stretches !== undefined)?.stretches;
  return {
    claims: parts.flatMap(({ claims }) => claims),
    refused: parts.flatMap((part) => part.refused),
    ...(Object.keys(recorder).length > 0 ? { recorder } : {}),
    ...(stretches === undefined ? {} : { stretches }),
    findings: parts.flatMap((part) => part.findings ?? []),
  };
}
