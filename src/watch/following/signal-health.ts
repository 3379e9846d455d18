import { signalFindings } from "../../audio/index.ts";
import { SignalMeter } from "../../kernels/index.ts";
import type { TroubleKind } from "../store/trouble-store.ts";

/** Seconds of sound that are looked at together. */
const BLOCK = 10;
/** What is weaker, rms about its mean, is no sound: one step of 16 bits, as src/audio/signal-findings.ts has it. */
const DEAD = 2 ** -15;
/** The largest value of 16 bits: whoever records cuts off there. */
const FULL = 1 - 2 ** -15;
/** Share of samples at full scale from which on a recording is cut off, and not merely loud at times. */
const CUT = 0.01;

/** What is wrong with sound, in a sentence's part: "it is …". */
export interface SignalTrouble {
  readonly kind: Exclude<TroubleKind, "gone">;
  readonly message: string;
}

/** Looks at a hydrophone's sound as it comes: is it the sea's, or is it silent, stuck, cut off or shifted? */
export class SignalHealth {
  /** Seconds for which a thing must last. */
  readonly #after: number;
  #meter = new SignalMeter(1);
  #count = 0;
  #full = 0;
  #same = true;
  #first = Number.NaN;
  /** What the last blocks had, and for how many seconds. */
  #seen: SignalTrouble["kind"] | undefined;
  #seconds = 0;
  #now: SignalTrouble | undefined;

  /** @param after  seconds for which it must be so before it counts, and be well before it is over */
  constructor(after: number) {
    this.#after = after;
  }

  /** What is wrong by now; undefined while it is well, or not yet known. */
  get trouble(): SignalTrouble | undefined {
    return this.#now;
  }

  /** @param samples  mono, full scale is 1 @param rate  Hz */
  push(samples: Float32Array, rate: number): void {
    const most = BLOCK * rate;
    for (let at = 0; at < samples.length; ) {
      const part = samples.subarray(at, at + Math.max(1, most - this.#count));
      this.#add(part);
      at += part.length;
      if (this.#count >= most) this.#close(rate);
    }
  }

  #add(samples: Float32Array): void {
    this.#meter.pushOne(0, samples);
    if (this.#count === 0) this.#first = samples[0] as number;
    this.#count += samples.length;
    const first = this.#first;
    let full = 0;
    let other = 0;
    for (let at = 0; at < samples.length; at++) {
      const value = samples[at] as number;
      if (Math.abs(value) >= FULL) full++;
      if (value !== first) other++;
    }
    this.#full += full;
    if (other > 0) this.#same = false;
  }

  #close(rate: number): void {
    const found = this.#judge(rate);
    this.#seconds = found?.kind === this.#seen ? this.#seconds + this.#count / rate : this.#count / rate;
    this.#seen = found?.kind;
    if (this.#seconds >= this.#after) this.#now = found;
    this.#meter = new SignalMeter(1);
    this.#count = 0;
    this.#full = 0;
    this.#same = true;
  }

  #judge(rate: number): SignalTrouble | undefined {
    const { mean, rms } = this.#meter.signal();
    if (this.#same && Math.abs(this.#first) >= DEAD)
      return { kind: "stuck", message: `All that comes is one value, ${this.#first.toPrecision(3)}.` };
    if (rms < DEAD && Math.abs(mean) < DEAD) return { kind: "silent", message: "All that comes is silence." };
    if (this.#full > CUT * this.#count) {
      const share = ((100 * this.#full) / this.#count).toFixed(0);
      return {
        kind: "clipped",
        message: `It is louder than can be recorded: ${share} % of its samples are at full scale.`,
      };
    }
    const offset = signalFindings(this.#meter, rate, "mean").find(({ code }) => code === "dc_offset");
    return offset === undefined ? undefined : { kind: "offset", message: offset.message };
  }
}
