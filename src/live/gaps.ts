import type { GapReason } from "../records/index.ts";
import { utcText } from "../times/index.ts";
import type { LiveEvent } from "./types.ts";

/** What is known of audio that is missing. */
export interface Missing {
  /** When it began, ms since 1970. */
  readonly utc: number | undefined;
  /** Its length. */
  readonly seconds?: number | undefined;
  /** The segment's name. */
  readonly segment?: string;
}

/** Says that audio is missing; a length is given to the microsecond. */
export function gapEvent(reason: GapReason, message: string, { utc, seconds, segment }: Missing): LiveEvent {
  const gap = {
    type: "gap" as const,
    reason,
    ...(utc === undefined ? {} : { utc: utcText(utc) }),
    ...(seconds === undefined ? {} : { seconds: Math.round(seconds * 1e6) / 1e6 }),
    ...(segment === undefined ? {} : { segment }),
    message,
  };
  return { kind: "gap", gap };
}
