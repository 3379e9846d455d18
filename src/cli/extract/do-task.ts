import type { Runtime } from "../../runtime.node.ts";
import { rescanOne } from "../rescan/rescan-one.ts";
import { extractOne, type Outcome, type Progress, type Setup, type Task } from "./extract-one.ts";

/** Does one task of a run, by what the run reads: sound through a model, or stored embeddings. Throws OrcaError. */
export async function doTask(task: Task, setup: Setup, runtime: Runtime, progress: Progress): Promise<Outcome> {
  return setup.stored === true
    ? await rescanOne(task, setup, runtime, progress)
    : await extractOne(task, setup, runtime, progress);
}
