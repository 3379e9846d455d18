import { asOrcaError, OrcaError } from "../../errors.ts";
import type { Outcome } from "./extract-one.ts";
import { Died, type Hand } from "./hands.ts";
import type { PlannedTask } from "./planned-task.ts";

/** What becomes of tasks; the next one of a hand waits for it. */
export interface Listener {
  at(task: PlannedTask, seconds: number, total: number | undefined): void;
  done(task: PlannedTask, outcome: Outcome): Promise<void>;
  failed(task: PlannedTask, error: OrcaError): Promise<void>;
}

/**
 * Hands take tasks from one queue until it is empty. A task whose process died is tried once more, at the end. Throws
 * what would fail for every task alike: no model or a damaged one, or a folder that takes no more.
 */
export async function runTasks(
  tasks: readonly PlannedTask[],
  hands: readonly Hand[],
  listener: Listener,
): Promise<void> {
  const queue = [...tasks];
  const again = new Set<PlannedTask>();
  let over = false;
  const one = async (hand: Hand, task: PlannedTask) => {
    try {
      await listener.done(task, await hand.run(task, (...how) => listener.at(task, ...how)));
    } catch (thrown) {
      // What ends the run ends the other hands on their way.
      if (over) return;
      const died = thrown instanceof Died;
      if (died && !again.has(task)) {
        again.add(task);
        queue.push(task);
        return;
      }
      const error = died ? lost(thrown) : asOrcaError(thrown);
      if (ofEvery(error)) throw error;
      await listener.failed(task, error);
    }
  };
  const serve = async (hand: Hand) => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      try {
        await one(hand, task);
      } catch (thrown) {
        over = true;
        queue.length = 0;
        throw thrown;
      }
    }
  };
  await Promise.all(hands.map(serve));
}

const lost = (died: Died) =>
  new OrcaError("engine_failed", `The process that read it died twice: ${died.message}.`, {
    hint: "Fewer --jobs need less memory. The other recordings are not touched by it.",
  });

function ofEvery({ code, field }: OrcaError): boolean {
  const setUp = ["models_missing", "model_damaged", "unknown_variant", "unwritable"].includes(code);
  return setUp || (code === "bad_option" && field === "postprocess");
}
