import type { PlannedTask as Planned } from "../../jobs/index.ts";
import type { Recording } from "../recordings/index.ts";

/** A task of a run, with the recording as it was found. */
export type PlannedTask = Planned<Recording>;
