import { asOrcaError, OrcaError } from "../../errors.ts";
import type { Outcome } from "./extract-one.ts";
import { Died, type Hand } from "./hands.ts";
import type { PlannedTask } from "./plan.ts";

/** What becomes of tasks; the next one of a hand waits for it. */
export interface Listener {
  at(task: PlannedTask, seconds: number, total: number | undefined): void;
  done(task: PlannedTask, outcome: Outcome): Promise<void>;
  failed(task: PlannedTask, error: OrcaError): Promise<void>;
}

/**
 * Hands take tasks from one queue until it is empty. A task whose process died is tried once more, at the end. Throws
 * what would fail for every task alike: no model, or a damaged one.
 */
export async function runTasks(
  tasks: readonly PlannedTask[],
  hands: readonly Hand[],
  listener: Listener,
): Promise<void> {
  const queue = [...tasks];
  const again = new Set<PlannedTask>();
  const serve = async (hand: Hand) => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      const current = task;
      try {
        await listener.done(current, await hand.run(current, (...how) => listener.at(current, ...how)));
      } catch (thrown) {
        const died = thrown instanceof Died;
        if (died && !again.has(current)) {
          again.add(current);
          queue.push(current);
          continue;
        }
        const error = died ? lost(thrown) : asOrcaError(thrown);
        if (ofEvery(error)) throw error;
        await listener.failed(current, error);
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
  const setUp = ["models_missing", "model_damaged", "unknown_variant"].includes(code);
  return setUp || (code === "bad_option" && field === "postprocess");
}
