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
