import type { EmbedRecord } from "../embed/index.ts";

/** Why audio is missing. */
export type GapReason =
  /** The segment is listed and is not there. */
  | "missing"
  /** It is there, and cannot be fetched. */
  | "unreachable"
  /** It came, and it cannot be decoded without a loss. */
  | "damaged"
  /** It holds less audio than the playlist says. */
  | "short"
  /** The playlist itself says that it is not there (EXT-X-GAP). */
  | "announced"
  /** Segments left the playlist before they could be read. */
  | "missed"
  /** The hydrophone began anew. */
  | "restart"
  /** The playlist says that what follows does not follow on (EXT-X-DISCONTINUITY). */
  | "discontinuity";

/** Audio that is missing between two stretches, said as soon as it is known. */
export interface GapRecord {
  readonly type: "gap";
  readonly reason: GapReason;
  /** When what is missing began: ISO 8601, milliseconds, Z. */
  readonly utc?: string;
  /** Its length; left out where nobody knows. */
  readonly seconds?: number;
  /** The segment's file. */
  readonly segment?: string;
  readonly message: string;
}

/** Nothing comes for the time being. It is said once; what comes next ends it. */
export interface WaitingRecord {
  readonly type: "waiting";
  /** ISO 8601, milliseconds, Z. */
  readonly utc: string;
  readonly message: string;
}

/**
 * The records of a live hydrophone: stretch after stretch, each with a header of its own, its windows and its summary;
 * between two stretches the gap, where audio is missing.
 */
export type LiveRecord = EmbedRecord | GapRecord | WaitingRecord;
