import { OrcaError } from "./errors.ts";

/** Milliseconds that a stream computes at most before it gives the event loop back. */
const LONGEST_TURN = 50;
/** Milliseconds in which all streams that compute have had a turn, and the least that one of them gets. */
const ROUND = 60;
const SHORTEST_TURN = 10;
/** A stream that did nothing for so long (ms) does not compute. */
const RECENT = 500;
/**
 * A stream is new until it has computed for so many ms: some seconds of sound. While one is at work, older ones leave it so many
 * ms between turns.
 */
const NEW = 300;
const LEFT_TO_NEW = 50;
/** Who has waited for a turn for so long (ms) has the next, however many new ones come. */
const OVERDUE = 2000;
/** A new stream that did nothing for so long (ms) waits for its sender: nothing need be left to it. */
const AT_WORK = 20;

/**
 * Rounds of the event loop between two turns. What else comes in takes several: to be accepted, read, worked on and answered; with
 * one, a turn of somebody's would lie between any two of these. A browser serves nobody else by this thread, and a round
 * takes it 4 ms (HTML, 8.6: timers in timers). Behind a long turn, a run of a large net, there are more, as more has come in.
 */
const ROUNDS = "document" in globalThis || "importScripts" in globalThis ? 1 : 3;
const [ROUND_MORE, MOST_ROUNDS] = [10, 16];

/**
 * Milliseconds that a sample is counted as, decoding and all that follows: a multiple of what it takes. On Cloudflare clocks
 * stand still while a Worker computes, and the count alone tells when a turn is over.
 */
const SAMPLE_COUNTS = 1e-4;

/** The streams of this thread that compute. One that the runtime cut off without a word is forgotten like one that waits. */
const computing = new Set<Turn>();

/** Who waits for a turn, in order, and how many turns have begun. */
const queue: Turn[] = [];
let begun = 0;
/** When a stream that is not new last ended a turn, and rounds that are to be between the last turn and the next. */
let olderEnded = Number.NEGATIVE_INFINITY;
let between = ROUNDS;

/** One that was asked for so many times as others wait, and does not answer, was cut off. */
const MISSED = 8;

/**
 * One stream's part in the thread that it shares with others. Its stages ask at every step whether the turn is over (`due`),
 * and give the event loop back then (`pause`). Between two turns it goes round, so that whatever else comes in waits for one
 * turn and not for all streams'. Turns are shorter the more streams compute; what has only just begun goes first, so that a
 * short recording need not wait for long ones. Results do not depend on it.
 */
export class Turn {
  readonly #signal: AbortSignal | undefined;
  #since = performance.now();
  #moved = this.#since;
  /** Milliseconds that it computed in its earlier turns, and what is counted of this one. */
  #computed = 0;
  #counted = 0;
  #length = LONGEST_TURN;
  /** When it asked for its next turn. */
  #asked = 0;
  /** Times that it was asked for since it last answered. */
  #missed = 0;
  /** Whether it lets a newer one go on though it is its turn. */
  #waits = false;
  #pausing: Promise<void> | undefined;

  /** @param signal  aborts when nobody wants the work any more */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
    computing.add(this);
  }

  /** Whether the event loop is to be given back. @param samples  that the last step gave */
  due(samples = 0): boolean {
    computing.add(this);
    this.#moved = performance.now();
    this.#counted += samples * SAMPLE_COUNTS;
    return this.#counted >= this.#length || this.#moved - this.#since >= this.#length;
  }

  /** Counts work that is no step of samples: milliseconds. */
  spend(ms: number): void {
    this.#counted += ms;
  }

  /** Whether other streams compute too. */
  get shared(): boolean {
    const now = performance.now();
    // Who waits for a turn is at work, however long the others' turns are.
    for (const other of computing) if (now - other.#moved > RECENT && !queue.includes(other)) computing.delete(other);
    return computing.size > (computing.has(this) ? 1 : 0);
  }

  /** The stream has ended. One that was forgotten is found out by its silence. */
  end(): void {
    computing.delete(this);
    leave(this);
  }

  /** Gives the event loop back, and begins another turn. Throws `cancelled` where nobody wants the work any more. */
  pause(): Promise<void> {
    // A stream's reading runs ahead of its net: both may ask.
    this.#pausing ??= this.#pause().finally(() => {
      this.#pausing = undefined;
    });
    return this.#pausing;
  }

  /** Gives the event loop back where the turn is over. @param samples  that the last step gave */
  async step(samples = 0): Promise<void> {
    if (this.due(samples)) await this.pause();
  }

  async #pause(): Promise<void> {
    this.#asked = performance.now();
    // What the clock says beyond a turn's length may be waiting for the sender.
    const computed = Math.max(this.#counted, Math.min(this.#asked - this.#since, this.#length));
    this.#computed += computed;
    between = ROUNDS === 1 ? ROUNDS : Math.min(ROUNDS + Math.floor(computed / ROUND_MORE), MOST_ROUNDS);
    if (!this.#isNew()) olderEnded = this.#asked;
    queue.push(this);
    try {
      for (let seen = begun, wait = 0, rounds = 1; ; rounds++) {
        await soon(wait);
        this.#missed = 0;
        // It was taken for cut off where it was only slow.
        if (!queue.includes(this)) queue.push(this);
        if (this.#signal?.aborted) throw new OrcaError("cancelled", "Nobody waits for the answer any more.");
        // Who shares a promise with nobody must ask: in workerd one that belongs to a request dies with it.
        wait = 0;
        if (seen !== begun) {
          // Another's turn has been since: the event loop goes round first.
          seen = begun;
          rounds = 0;
        }
        if (rounds < between) continue;
        const first = this.#first();
        this.#waits = first === this && this.#givesWay() && performance.now() - olderEnded < LEFT_TO_NEW;
        if (first === this && !this.#waits) break;
        if (first !== this && ++first.#missed > MISSED * queue.length) leave(first);
        wait = first.#waits ? 1 : 0;
      }
    } finally {
      leave(this);
    }
    begun++;
    this.#since = performance.now();
    this.#moved = this.#since;
    this.#counted = 0;
    this.#length = this.shared ? Math.max(SHORTEST_TURN, ROUND / computing.size) : LONGEST_TURN;
  }

  /** Whose turn is next. */
  #first(): Turn {
    const longest = queue[0] ?? this;
    if (performance.now() - longest.#asked > OVERDUE) return longest;
    return queue.find((turn) => turn.#isNew()) ?? longest;
  }

  #isNew(): boolean {
    return this.#computed < NEW;
  }

  /** Whether a newer stream is at work and does not wait here. */
  #givesWay(): boolean {
    if (this.#isNew()) return false;
    const now = performance.now();
    for (const other of computing) if (other.#isNew() && now - other.#moved < AT_WORK) return true;
    return false;
  }
}

function leave(turn: Turn): void {
  const at = queue.indexOf(turn);
  if (at >= 0) queue.splice(at, 1);
}

/** Node's timers take a millisecond at least; this takes none. Browsers have none such. */
const { setImmediate: atOnce } = globalThis as { setImmediate?: (then: () => void) => unknown };

/** Resolves when the event loop has gone round, `ms` later at the earliest. */
function soon(ms = 0): Promise<void> {
  return new Promise((resolve) => {
    if (ms === 0 && atOnce !== undefined) atOnce(resolve);
    else setTimeout(resolve, ms);
  });
}
