/** Seconds of a frame that is laid over the one before it, and how far the best place for it is looked for. */
const FRAME = 0.05;
const SEARCH = 0.012;

/**
 * Slower sound of the same pitch: frames are laid over one another where they are most alike (WSOLA: Verhelst and Roelands,
 * ICASSP 1993). Samples come in pieces, and what is heard does not show where they were cut.
 */
export class Stretcher {
  readonly #speed: number;
  readonly #frame: number;
  readonly #search: number;
  readonly #window: Float32Array;
  #input = new Float32Array(0);
  /** Where in the whole sound the kept input begins, and where the next frame would be taken, in samples. */
  #kept = 0;
  #next = 0;
  /** What the next frame should be like: how the last one went on. */
  #goesOn = -1;
  /** The half of the last frame that the next is laid over. */
  #tail: Float32Array | undefined;

  /** @param rate  Hz @param speed  0.1 to 1 */
  constructor(rate: number, speed: number) {
    this.#speed = speed;
    this.#frame = 2 * Math.round((FRAME * rate) / 2);
    this.#search = Math.round(SEARCH * rate);
    this.#window = Float32Array.from(
      { length: this.#frame },
      (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / this.#frame),
    );
  }

  push(samples: Float32Array, last: boolean): Float32Array<ArrayBuffer> {
    const joined = new Float32Array(this.#input.length + samples.length + (last ? this.#frame + this.#search : 0));
    joined.set(this.#input);
    joined.set(samples, this.#input.length);
    const end = this.#kept + this.#input.length + samples.length;
    this.#input = joined;
    const half = this.#frame / 2;
    const out: Float32Array[] = [];
    while (this.#next + this.#frame + this.#search <= this.#kept + joined.length && (!last || this.#next < end)) {
      const at = this.#bestPlace();
      const frame = this.#input.subarray(at - this.#kept, at - this.#kept + this.#frame);
      const made = new Float32Array(half);
      for (let i = 0; i < half; i++)
        made[i] =
          (frame[i] as number) * (this.#tail === undefined ? 1 : (this.#window[i] as number)) + (this.#tail?.[i] ?? 0);
      this.#tail = Float32Array.from(
        { length: half },
        (_, i) => (frame[half + i] as number) * (this.#window[half + i] as number),
      );
      out.push(made);
      this.#goesOn = at + half;
      this.#next += half * this.#speed;
    }
    const drop = Math.max(0, Math.floor(Math.min(this.#next - this.#search, this.#goesOn)) - this.#kept);
    this.#input = this.#input.slice(drop);
    this.#kept += drop;
    const result = new Float32Array(out.length * half);
    for (const [at, part] of out.entries()) result.set(part, at * half);
    return result;
  }

  /** The place around the next frame's that goes on best from the last one, by correlation of every fourth sample. */
  #bestPlace(): number {
    const middle = Math.round(this.#next);
    if (this.#goesOn < 0) return middle;
    let [best, most] = [middle, Number.NEGATIVE_INFINITY];
    for (let at = Math.max(this.#kept, middle - this.#search); at <= middle + this.#search; at += 2) {
      let sum = 0;
      for (let i = 0; i < this.#frame / 2; i += 4) {
        sum += (this.#input[at - this.#kept + i] ?? 0) * (this.#input[this.#goesOn - this.#kept + i] ?? 0);
      }
      if (sum > most) [best, most] = [at, sum];
    }
    return best;
  }
}
