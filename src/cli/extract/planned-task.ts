import type { Recording } from "../recordings/index.ts";
import type { Task } from "./extract-one.ts";

/** A task of a run, with the recording as it was found. */
export interface PlannedTask extends Task {
  readonly recording: Recording;
}
