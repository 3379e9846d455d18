/**
 * A process that takes recordings from a run and gives results back, one at a time. It is a process and no thread of
 * one, so that a crash, or too little memory, costs one recording and not the run.
 */
import { asOrcaError } from "../../errors.ts";
import { nodeRuntime, type Runtime } from "../../runtime.node.ts";
import { doTask } from "./do-task.ts";
import type { Setup } from "./extract-one.ts";
import { type FromWorker, plain, type ToWorker } from "./messages.ts";

/** Milliseconds between two words about how far a recording is. */
const PROGRESS_EVERY = 250;

// However the run ends, its channel closes, and nobody is left to work for.
process.on("disconnect", () => process.exit(1));
// Ctrl-C in a terminal reaches every process; the run's own decides, and ends this one.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const say = (message: FromWorker) => process.send?.(message);

let setup: Setup | undefined;
let runtime: Promise<Runtime> | undefined;
let spoke = 0;

process.on("message", async (message: ToWorker) => {
  try {
    if ("setup" in message) {
      setup = message.setup;
      runtime = nodeRuntime(setup.models);
      await runtime;
      say({ type: "ready" });
    } else if (setup !== undefined && runtime !== undefined) {
      const outcome = await doTask(message.task, setup, await runtime, (seconds, total) => {
        const now = performance.now();
        if (now - spoke < PROGRESS_EVERY) return;
        spoke = now;
        say({ type: "progress", seconds, total });
      });
      say({ type: "done", outcome });
    }
  } catch (thrown) {
    say({ type: "failed", error: plain(asOrcaError(thrown)) });
  }
});
