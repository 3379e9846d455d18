import { OrcaError } from "../errors.ts";
import type { PushedFormat } from "./types.ts";

/** Sound comes as fast as time goes, by so much, once so many seconds have gone by: else its rate is not what was said. */
const [FASTER, SLOWER, SEEN] = [1.25, 0.8, 20];
/** A pause of so many seconds is the line's, and says nothing of the rate. */
const PAUSE = 2;
/** Sound that is late by so many seconds, and is not made up for as long as is looked, is missing: as of sound without an end. */
const LATE = 5;
/** A clock that goes back by so many seconds was set. */
const SET_BACK = 1;

/** What follows does not go on from what came before. */
export interface Break {
  /** When what is missing began, ms since 1970. */
  readonly utc: number;
  readonly seconds: number;
  /** A sentence. */
  readonly message: string;
}

/** How sound that is sent comes, by the clock of whoever takes it: at the rate that was said, and without a loss. */
export class Pace {
  readonly #format: PushedFormat;
  #began: number;
  /** When it would have begun, had it come in time: moved where it is ahead, and where sound is missing. */
  #due: number;
  #bytes = 0;
  #last: number;
  /** Since the last pause: when, and bytes before. */
  #flowing: { readonly time: number; readonly bytes: number };
  /** How late it has been at least, since when it is looked at: s, ms since 1970. */
  #late: { readonly since: number; readonly least: number };

  /** @param now  ms since 1970 */
  constructor(format: PushedFormat, now: number) {
    this.#format = format;
    this.#began = now;
    this.#due = now;
    this.#last = now;
    this.#flowing = { time: now, bytes: 0 };
    this.#late = { since: now, least: Number.POSITIVE_INFINITY };
  }

  /**
   * Bytes have come. Throws `bad_option` where they come at another rate.
   * @param now  ms since 1970 @returns where what came before these ends, if they do not go on from it
   */
  push(bytes: number, now: number): Break | undefined {
    const back = this.#setBack(now);
    this.#bytes += bytes;
    this.#check(now);
    return back ?? this.#missing(now);
  }

  #seconds(bytes: number): number {
    return bytes / (2 * this.#format.channels) / this.#format.rate;
  }

  #setBack(now: number): Break | undefined {
    const before = this.#last;
    this.#last = now;
    if (now >= before) {
      // What waited in the line comes at once behind a pause: nobody is too slow by it, nor too fast in all.
      if (now - before > 1000 * PAUSE) this.#flowing = { time: now, bytes: this.#bytes };
      return undefined;
    }
    this.#began -= before - now;
    this.#due -= before - now;
    this.#flowing = { time: now, bytes: this.#bytes };
    this.#late = { since: now, least: Number.POSITIVE_INFINITY };
    const seconds = (before - now) / 1000;
    if (seconds < SET_BACK) return undefined;
    return { utc: before, seconds: 0, message: `The clock was set back by ${seconds.toFixed(1)} s.` };
  }

  #check(now: number): void {
    const all = { elapsed: (now - this.#began) / 1000, sound: this.#seconds(this.#bytes) };
    const { time, bytes } = this.#flowing;
    const flowing = { elapsed: (now - time) / 1000, sound: this.#seconds(this.#bytes - bytes) };
    const fast = all.sound > FASTER * all.elapsed + SEEN;
    const slow = flowing.elapsed > SEEN && flowing.sound < SLOWER * flowing.elapsed;
    if (!fast && !slow) return;
    const { elapsed, sound } = fast ? all : flowing;
    const { rate } = this.#format;
    const seems = elapsed >= 1 ? `as if it were ${Math.round((rate * sound) / elapsed)}` : "faster than sound is made";
    throw new OrcaError("bad_option", `It said ${rate} Hz, and sends ${seems}.`, {
      field: "rate",
      hint: "Say the rate and the channels that are sent; sound is sent as it is made.",
    });
  }

  #missing(now: number): Break | undefined {
    const late = (now - this.#due) / 1000 - this.#seconds(this.#bytes);
    const { since, least } = this.#late;
    this.#late = { since, least: Math.min(least, late) };
    if (now - since < 1000 * SEEN) return undefined;
    const missing = this.#late.least;
    this.#late = { since: now, least: Number.POSITIVE_INFINITY };
    if (missing <= LATE) {
      // What was recorded before it was sent came at once: by so much it is ahead.
      if (missing < 0) this.#due += 1000 * missing;
      return undefined;
    }
    this.#due += 1000 * missing;
    const message = `It came ${missing.toFixed(1)} s late, and nothing made up for it: sound is missing, or a clock was set.`;
    return { utc: now - 1000 * late, seconds: missing, message };
  }
}
