import type { AudioInfo } from "../audio/index.ts";
import type { GapRecord, WaitingRecord } from "../records/index.ts";
import type { Start } from "../times/index.ts";

/** Where a hydrophone publishes. */
export interface LiveSource {
  /** Of a playlist (.m3u8), or of an Orcasound node: the folder that holds latest.txt and hls/. */
  readonly url: string;
  readonly kind: "node" | "playlist";
  /** Further hosts (name, and port where it is not the usual one) that its playlists and redirects may lead to. */
  readonly hosts: readonly string[];
}

/** The time, and waiting; another one makes tests short. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects where `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What following a hydrophone gives, in order. A stretch is audio without a break. */
export type LiveEvent =
  /** A stretch begins with the next segment. */
  | { readonly kind: "start"; readonly start: Start | undefined; readonly info: AudioInfo }
  /** Bytes of the stretch; nobody may change them. */
  | { readonly kind: "segment"; readonly bytes: Uint8Array }
  /** The stretch has ended, and audio is missing. */
  | { readonly kind: "gap"; readonly gap: GapRecord }
  /** Nothing comes for the time being; the stretch may go on. */
  | { readonly kind: "waiting"; readonly waiting: WaitingRecord };
