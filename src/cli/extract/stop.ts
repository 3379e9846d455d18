import { printNote } from "../print.ts";

/** Signals that end a run, with their numbers: its exit code is 128 more. */
const SIGNALS = [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGTERM", 15],
] as const;

/** Ends the process when it is told to, and leaves nothing half done behind. */
export class Stop {
  readonly #listeners = new Map<NodeJS.Signals, () => void>();

  /** @param clear  what is to be done at once before the end */
  constructor(clear: () => void) {
    for (const [signal, number] of SIGNALS) {
      const listener = () => {
        clear();
        printNote(`Stopped by ${signal}. What is done stays; the same command goes on with the rest.`);
        process.exit(128 + number);
      };
      this.#listeners.set(signal, listener);
      process.once(signal, listener);
    }
  }

  forget(): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }
}
