import { OrcaError } from "../errors.ts";
import type { Clock } from "./types.ts";

/** What a wait ends with when nobody wants its end any more. */
export function cancelled(): OrcaError {
  return new OrcaError("cancelled", "The hydrophone is no longer followed.");
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(cancelled());
        return;
      }
      const leave = () => {
        clearTimeout(timer);
        reject(cancelled());
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", leave);
        resolve();
      }, ms);
      signal.addEventListener("abort", leave, { once: true });
    }),
};
