/** An event that was found in a recording. */
export interface Detection {
  /** The recording's name, and where it lies. */
  readonly recording: string;
  readonly path: string;
  readonly site: string;
  /** Seconds from the recording's start. */
  readonly start: number;
  readonly end: number;
  /** When it began, milliseconds since 1970, where that is known. */
  readonly utc: number | undefined;
  readonly head: string;
  readonly class: string;
  /** Largest and mean probability of its windows, where the largest starts, and how many they are. */
  readonly peak: number;
  readonly peakStart: number;
  readonly mean: number;
  readonly windows: number;
  /** Hz. */
  readonly low: number;
  readonly high: number;
  readonly model: string;
}
