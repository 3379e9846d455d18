import { OrcaError } from "../errors.ts";
import type { EventRule } from "./event-rule.ts";

/** A window as events see it. */
export interface ScoredWindow {
  /** Seconds from the start of the audio. */
  readonly start: number;
  /** Where its sound ends: less than the window where it is padded. */
  readonly end: number;
  readonly probability: number;
}

/** An event that has begun, or ended. */
export interface Happening {
  readonly phase: "begin" | "end";
  /** From 0, of this class. */
  readonly number: number;
  /** Start of its first window. */
  readonly start: number;
  /** End of its last window so far. */
  readonly end: number;
  /** Largest and mean probability of its windows that carry it, how many these are, and where the largest begins. */
  readonly peak: number;
  readonly peakStart: number;
  readonly mean: number;
  readonly windows: number;
}

interface Run {
  start: number;
  end: number;
  peak: number;
  peakStart: number;
  sum: number;
  windows: number;
}

/**
 * Events of one class, window after window: the state is bounded by `of`. What is pushed one by one or at once gives the
 * same. Throws `bad_option` for a rule that contradicts itself.
 */
export class EventStage {
  readonly #on: number;
  readonly #off: number;
  readonly #rule: EventRule;
  /** Starts and places of the last windows that reached `on`, while none is running. */
  #hits: { readonly at: number; readonly window: ScoredWindow }[] = [];
  /** What may become an event, or is one. */
  #run: Run | undefined;
  /** Whether it has reached `windows of`. */
  #enough = false;
  #said = false;
  #at = 0;
  #number = 0;

  /** @param threshold  the class's */
  constructor(rule: EventRule, threshold: number) {
    this.#rule = rule;
    this.#on = rule.on ?? threshold;
    this.#off = rule.off ?? this.#on;
    const wrong = (what: string, field: string) =>
      new OrcaError("bad_option", `Events cannot be made so: ${what}.`, { field });
    if (!(this.#on >= 0 && this.#on <= 1))
      throw wrong(`the threshold is ${this.#on}, and probabilities are 0 to 1`, "on");
    if (!(this.#off <= this.#on)) throw wrong(`off, ${this.#off}, is above on, ${this.#on}`, "off");
    if (rule.of !== undefined && rule.of < rule.windows)
      throw wrong(`${rule.windows} windows of ${rule.of} cannot reach the threshold`, "of");
  }

  /** What a window begins or ends. */
  push(window: ScoredWindow): Happening[] {
    const said: Happening[] = [];
    const at = this.#at++;
    const { windows, of = windows, gap } = this.#rule;
    const run = this.#run;
    if (run !== undefined && window.start > run.end + gap + 1e-9) said.push(...this.#close());
    const hit = window.probability >= this.#on;
    this.#hits = this.#hits.filter((one) => one.at > at - of);
    if (hit) this.#hits.push({ at, window });
    if (this.#run === undefined) {
      if (hit) this.#run = begun(window);
    } else if (window.probability >= this.#off) carried(this.#run, window);
    if (this.#run === undefined || this.#said) return said;
    if (!this.#enough && this.#hits.length >= windows) {
      this.#enough = true;
      // Windows of the rule that lie before the run, beyond a gap, are its beginning.
      const [first] = this.#hits;
      if (first !== undefined && first.window.start < this.#run.start) {
        const earlier = this.#hits.filter((one) => one.window.start < (this.#run as Run).start);
        for (const one of earlier.reverse()) include(this.#run, one.window);
      }
    }
    const { start, end } = this.#run;
    if (this.#enough && end - start >= this.#rule.shortest - 1e-9) {
      this.#said = true;
      said.push(this.#happening("begin", this.#run));
    }
    return said;
  }

  /**
   * As `push` of so many windows that neither begin an event nor carry one on, where nobody waits to hear that the last has
   * ended: that is then said with the next window that is pushed.
   */
  skip(windows: number): void {
    this.#at += windows;
  }

  /** From this probability on a window counts. */
  get least(): number {
    return this.#off;
  }

  /** There are no more windows. */
  flush(): Happening[] {
    const said = this.#close();
    this.#hits = [];
    return said;
  }

  #close(): Happening[] {
    const run = this.#run;
    const said = run !== undefined && this.#said ? [this.#happening("end", run)] : [];
    if (this.#said) {
      this.#number++;
      this.#hits = [];
    }
    this.#run = undefined;
    this.#enough = false;
    this.#said = false;
    return said;
  }

  #happening(phase: Happening["phase"], { start, end, peak, peakStart, sum, windows }: Run): Happening {
    return { phase, number: this.#number, start, end, peak, peakStart, mean: sum / windows, windows };
  }
}

const begun = ({ start, end, probability }: ScoredWindow): Run => ({
  start,
  end,
  peak: probability,
  peakStart: start,
  sum: probability,
  windows: 1,
});

function carried(run: Run, window: ScoredWindow): void {
  include(run, window);
  run.end = Math.max(run.end, window.end);
}

function include(run: Run, { start, probability }: ScoredWindow): void {
  run.start = Math.min(run.start, start);
  if (probability > run.peak) [run.peak, run.peakStart] = [probability, start];
  run.sum += probability;
  run.windows++;
}
