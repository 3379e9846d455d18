import { asOrcaError, OrcaError } from "../errors.ts";

/** Does one task after the other. */
export interface Hand<T, O> {
  /** Throws OrcaError where the recording is to blame, Died where the process ended. */
  run(task: T, progress: (seconds: number, total: number | undefined) => void): Promise<O>;
  /** At once, with whatever it does. */
  stop(): void;
}

/** What worked on a task ended on its way, by no fault that it could tell. */
export class Died extends Error {}

/** What becomes of tasks; the next one of a hand waits for it. */
export interface Listener<T, O> {
  at(task: T, seconds: number, total: number | undefined): void;
  done(task: T, outcome: O): Promise<void>;
  failed(task: T, error: OrcaError): Promise<void>;
}

/**
 * Hands take tasks from one queue until it is empty. A task whose process died is tried once more, at the end. Throws
 * what would fail for every task alike: no model or a damaged one, a folder that takes no more, credentials that have
 * ended.
 */
export async function runTasks<T, O>(
  tasks: readonly T[],
  hands: readonly Hand<T, O>[],
  listener: Listener<T, O>,
): Promise<void> {
  const queue = [...tasks];
  const again = new Set<T>();
  let over = false;
  const one = async (hand: Hand<T, O>, task: T) => {
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
  const serve = async (hand: Hand<T, O>) => {
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
  const setUp = ["models_missing", "model_damaged", "unknown_variant", "unwritable", "unauthorized"].includes(code);
  return setUp || (code === "bad_option" && field === "postprocess");
}
