import type { AudioInfo, Finding } from "../audio/index.ts";
import type { GapRecord, WaitingRecord } from "../records/index.ts";
import type { Start } from "../times/index.ts";

/** Where a hydrophone publishes; `liveSource` makes one. */
export interface LiveSource {
  /** Without user and password. Of kind `node` the folder that holds latest.txt and hls/. */
  readonly url: string;
  /** `url`: an HLS playlist, or sound without an end; its answer tells. `node`: an Orcasound node. */
  readonly kind: "node" | "url";
  /** Further hosts (name, and port where it is not the usual one) that its playlists and redirects may lead to. */
  readonly hosts: readonly string[];
  /** The user and password that stood in the address, as a header; for its own server alone. */
  readonly authorization?: string | undefined;
}

/** The time, and waiting; another one makes tests short. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects where `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Where a segment lies among what a hydrophone publishes: plain data, so that a later run can go on from it. */
export interface Place {
  /** The second that names its folder, of an Orcasound node. */
  readonly epoch?: number;
  /** Media sequence number. */
  readonly sequence: number;
  /** Its file, with its folder. */
  readonly name: string;
  /** When it began, where that is known. */
  readonly start?: Start;
}

/** From where a hydrophone is followed on. */
export interface Resuming {
  /** The segment to begin with. */
  readonly from: Place;
  /** Seconds that are caught up with at most, of one folder: what is older counts as missed. */
  readonly longest: number;
}

export interface FollowOptions {
  /** Segments before the live edge to begin with, the newest one counted: 1 is the newest, infinity all there are. */
  readonly back: number;
  /** Where an earlier run had got to: it is gone on from there, and `back` does not count. Of what a playlist lists alone. */
  readonly resuming?: Resuming;
}

/** What following a hydrophone gives, in order. A stretch is audio without a break. */
export type LiveEvent =
  /** A stretch begins with the next bytes. */
  | {
      readonly kind: "start";
      readonly start: Start | undefined;
      readonly info: AudioInfo;
      /** Whether the bytes begin and end anywhere: that a frame is cut there is no loss. */
      readonly cut?: boolean;
    }
  /** Bytes of the stretch; nobody may change them. */
  | {
      readonly kind: "segment";
      readonly bytes: Uint8Array;
      /** Where it lies, where a playlist lists it, and its seconds of audio. */
      readonly place?: Place;
      readonly seconds?: number;
    }
  /** The stretch has ended; whether audio is missing behind it is not known yet. */
  | { readonly kind: "end" }
  /** The stretch has ended, and audio is missing. */
  | { readonly kind: "gap"; readonly gap: GapRecord }
  /** Nothing comes for the time being; the stretch may go on. */
  | { readonly kind: "waiting"; readonly waiting: WaitingRecord }
  /** Something odd about what is published, for the summary of the open stretch, or of the next one. */
  | { readonly kind: "finding"; readonly finding: Finding };

/** What a sender says of its sound, once: 16-bit integers, little-endian, channels interleaved. */
export interface PushedFormat {
  /** Hz. */
  readonly rate: number;
  readonly channels: number;
  /** When its first sample was taken by the sender's clock, ms since 1970. */
  readonly start?: number | undefined;
}
