/** An event as it is kept: a class of a head was there from `start` to `end`. */
export interface WatchEvent {
  /** Its own for good: the idempotency key of what is told of it. */
  readonly id: string;
  readonly hydrophone: string;
  readonly head: string;
  readonly class: string;
  /** `begin` while it goes on. */
  readonly phase: "begin" | "end";
  /** ms since 1970. */
  readonly start: number;
  /** Of its last window so far. */
  readonly end: number;
  /** Largest distance, in seconds, of the truth from `start`; undefined where nobody can know. */
  readonly uncertainty: number | undefined;
  /** Who says when it was: a header's `start.source`, or that it was this machine's clock. */
  readonly source: string;
  readonly peak: number;
  /** When the window with the largest probability begins, ms since 1970. */
  readonly peakStart: number;
  readonly mean: number;
  readonly windows: number;
  /** How it was made: model, variant, weights, engine, version, the head's file. */
  readonly made: MadeBy;
  /** Name of the sound's file, where it is kept, when its first sample was taken (ms since 1970), and its seconds. */
  readonly clip: string | undefined;
  readonly clipStart: number | undefined;
  readonly clipSeconds: number | undefined;
  readonly picture: string | undefined;
  /** Why there is no sound, where there is none. */
  readonly clipless: string | undefined;
  /** What somebody said of it. */
  readonly verdict: Verdict | undefined;
  /** The rule by which it is not told: it sounds like what was rejected. */
  readonly suppressed: string | undefined;
  /** When it was first written down, ms since 1970. */
  readonly created: number;
  /** Grows with each change of any event. */
  readonly revision: number;
}

/** What a person says of an event. */
export interface Verdict {
  /** It is what it was taken for; it is not; or it is something else, which `label` names. */
  readonly verdict: "confirmed" | "rejected" | "named";
  readonly label: string | undefined;
  readonly by: string;
  /** ms since 1970. */
  readonly at: number;
}

export interface MadeBy {
  readonly model: string;
  readonly variant: string;
  readonly sha256: string;
  readonly engine: string;
  readonly version: string;
  /** Of the head's file; none for a model's own scores. */
  readonly head?: string;
  readonly threshold?: number;
  readonly weights: "trained" | "seeded";
}

/** What is found of an event, when it begins or ends. */
export type FoundEvent = Pick<
  WatchEvent,
  | "hydrophone"
  | "head"
  | "class"
  | "start"
  | "end"
  | "uncertainty"
  | "source"
  | "peak"
  | "peakStart"
  | "mean"
  | "windows"
  | "made"
>;

/** Sound that nobody heard. */
export interface WatchGap {
  readonly hydrophone: string;
  /** ms since 1970, where that is known. */
  readonly utc: number | undefined;
  readonly seconds: number | undefined;
  /** Of a gap record, or `stopped`: the watch itself did not run. */
  readonly reason: string;
  readonly message: string;
}
