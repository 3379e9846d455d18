import { OrcaError } from "../errors.ts";
import { utcText } from "../times/index.ts";
import type { Clock, LiveEvent } from "./types.ts";

/** What went wrong, and how long the server wants to be left alone (ms). */
export interface Trouble {
  readonly trouble: string;
  readonly retryAfter: number | undefined;
  /** Whether the server answers, and has no such file. */
  readonly gone?: boolean;
}

/** Times that a hydrophone which never answered is asked. */
const FIRST_TRIES = 3;
/** Waits between requests that fail, ms: from the first to the longest, doubling. */
const [FIRST_WAIT, LONGEST_WAIT] = [1000, 30_000];

/** How long a hydrophone is waited for, and what listeners are told of it: that nothing comes, once. */
export class Patience {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Requests that failed in a row. */
  #failures = 0;
  #known = false;
  #said = false;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** The hydrophone has shown that it is one: from here on it is waited for as long as anybody listens. */
  know(): void {
    this.#known = true;
  }

  /** Something new has come, and the hydrophone is well. */
  came(): void {
    this.#failures = 0;
    this.heard();
  }

  /** Something new has come: that nothing comes may be told again. */
  heard(): void {
    this.#said = false;
  }

  /**
   * Asks until there is an answer, less and less often. Throws `live_failed` where it never was one.
   * @param longest  wait where the server answers and has no such file, ms: as often as it is asked anyway
   */
  async *until<T extends object | undefined>(
    ask: () => Promise<T | Trouble>,
    longest = LONGEST_WAIT,
  ): AsyncGenerator<LiveEvent, T> {
    for (;;) {
      const answer = await ask();
      if (answer === undefined || !("trouble" in answer)) {
        this.#failures = 0;
        return answer as T;
      }
      yield* this.bear(answer as Trouble, longest);
    }
  }

  /** A request failed: waits before the next one. */
  async *bear({ trouble, retryAfter, gone }: Trouble, longest = LONGEST_WAIT): AsyncGenerator<LiveEvent> {
    this.#failures++;
    if (!this.#known && this.#failures >= FIRST_TRIES) {
      throw new OrcaError("live_failed", `The hydrophone cannot be read: ${trouble}.`, {
        hint: "Is it running, and is its address right?",
      });
    }
    if (this.#known && this.#failures > 1) yield* this.say(`${trouble}.`);
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(10, this.#failures - 1));
    await this.sleep(retryAfter ?? (gone ? Math.min(wait, longest) : wait));
  }

  /** Tells, once, why nothing comes. */
  async *say(message: string): AsyncGenerator<LiveEvent> {
    if (this.#said) return;
    this.#said = true;
    yield { kind: "waiting", waiting: { type: "waiting", utc: utcText(this.#clock.now()), message } };
  }

  sleep(ms: number): Promise<void> {
    return this.#clock.sleep(ms, this.#signal);
  }
}
