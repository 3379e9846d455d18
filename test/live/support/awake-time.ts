import { cancelled } from "../../../src/live/clock.ts";

/** Looked at so often, and no look counts for more than `MOST`: ms. */
const [EVERY, MOST] = [2, 3];

/**
 * Milliseconds in which this process could do something. Where the machine gives it nothing for half a second, or a
 * test beside decodes for as long, no more than `MOST` of that pass: a listener and its server halt together.
 */
class AwakeTime {
  #now = 0;
  #looked = performance.now();
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  constructor() {
    setInterval(() => this.#look(), EVERY).unref();
  }

  get now(): number {
    return this.#now;
  }

  /** Throws `cancelled` where `signal` aborts before. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(cancelled());
        return;
      }
      const leave = () => {
        this.#sleepers.delete(sleeper);
        reject(cancelled());
      };
      const wake = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const sleeper = { until: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  #look(): void {
    const now = performance.now();
    this.#now += Math.min(MOST, now - this.#looked);
    this.#looked = now;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.#now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}

export const awake = new AwakeTime();
