/**
 * When the first sample of a recording was taken, and who says so.
 *
 * `uncertainty` is the largest distance, in seconds, that the truth is to be expected from `utc`: the sum of what the
 * stamp cannot say (see docs/times.md).
 */
export interface Start {
  /** Milliseconds since 1970-01-01T00:00:00Z; parts of one count. */
  readonly utc: number;
  /** Who says so, for the header: `start=`, `GUANO`, `file name`, … */
  readonly source: string;
  /** Seconds. */
  readonly uncertainty: number;
  /** What the source does not say and was taken for granted, as a sentence. */
  readonly assumed?: string;
}

/** Metadata that a file carries beside its audio, as bytes; `kind` says which reader is theirs. */
export interface MetadataBlock {
  readonly kind: "guano" | "wamd" | "bext" | "ixml" | "info" | "harp" | "vorbis";
  /** The block's contents; of one that is too long its beginning. */
  readonly bytes: Uint8Array;
  /** Whether there was more of it than is kept. */
  readonly cut: boolean;
}

/** What one source says of when the first sample was taken. */
export interface Claim {
  readonly source: string;
  /** What its clock showed, as milliseconds since 1970 if it were UTC. */
  readonly wall: number;
  /** Minutes east of UTC that it states, or undefined. */
  readonly offset: number | undefined;
  /** Seconds within which the stamp leaves the time open, its writer's known habits included. */
  readonly resolution: number;
  /**
   * Whether the source states its zone, is in UTC by its maker's convention, states what may be a zone or a number, or says
   * nothing of it.
   */
  readonly zone: "stated" | "utc" | "doubtful" | "unknown";
  /** Of a doubtful zone: seconds that it leaves open if it is none. */
  readonly doubt: number | undefined;
  /** Whether it counts seconds since 1970 and names no time of day that a zone could be wrong of. */
  readonly counted: boolean;
  /** What was not understood, each a sentence. */
  readonly notes: readonly string[];
}

/** What made the recording, and where: only what the file says. */
export interface Recorder {
  readonly make?: string;
  readonly model?: string;
  readonly serial?: string;
  readonly firmware?: string;
  readonly deployment?: string;
  /** Degrees, WGS 84. */
  readonly latitude?: number;
  readonly longitude?: number;
  /** Metres above the sea's mean level. */
  readonly elevation?: number;
  /** Metres below the surface. */
  readonly depth?: number;
  /** Degrees Celsius. */
  readonly temperature?: number;
  readonly battery?: string;
  readonly gain?: string;
  readonly filter?: string;
  readonly note?: string;
}

/** A stretch of samples that were taken one after the other. */
export interface Stretch {
  /** Its first sample, counted over the whole recording. */
  readonly frame: number;
  /** When that was taken: milliseconds since 1970. */
  readonly utc: number;
  /** Hz at which they were taken. */
  readonly rate: number;
}

/** What a block or a name says. */
export interface Said {
  readonly claims: readonly Claim[];
  /** Stamps that cannot be true, each a sentence. */
  readonly refused: readonly string[];
  readonly recorder?: Recorder;
  readonly stretches?: readonly Stretch[];
  /** What else is odd about it. */
  readonly findings?: readonly TimeFinding[];
}

/** Something about times that the recording's owner should know. */
export interface TimeFinding {
  readonly code: "bad_time" | "times_disagree" | "metadata_cut" | "rate_differs" | "gap";
  readonly message: string;
  readonly lost: false;
  /** Where in the audio, in seconds. */
  readonly seconds?: number;
}

/** What readers must know of the audio itself. */
export interface AudioFacts {
  /** Hz, by the header. */
  readonly rate: number;
  readonly channels: number;
  /** Bytes of one sample of all channels, of PCM. */
  readonly frameBytes: number | undefined;
}
