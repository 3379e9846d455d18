import type { Recording } from "./recording.ts";
import type { Result } from "./result.ts";

/** A recording's windows among the points. */
export interface PointSet {
  readonly recording: Recording;
  readonly result: Result;
  /** The number of its first point. */
  readonly first: number;
}
