/**
 * How loud each window's audio is. Squares are summed hop by hop, always in the order of the samples, so that the level of
 * a window has the same bits however the audio was cut.
 */
export class LevelMeter {
  readonly #hop: number;
  /** Sums of squares of whole hops; the first belongs to hop `#first`. */
  #sums: number[] = [];
  #first = 0;
  /** The hop that is being filled. */
  #sum = 0;
  #filled = 0;
  #samples = 0;

  /** @param hop  samples from one frame to the next */
  constructor(hop: number) {
    this.#hop = hop;
  }

  push(samples: Float32Array): void {
    this.#samples += samples.length;
    for (let at = 0; at < samples.length; ) {
      const end = Math.min(samples.length, at + this.#hop - this.#filled);
      let sum = this.#sum;
      this.#filled += end - at;
      for (; at < end; at++) {
        const value = samples[at] as number;
        sum += value * value;
      }
      this.#sum = sum;
      if (this.#filled < this.#hop) continue;
      this.#sums.push(sum);
      this.#sum = 0;
      this.#filled = 0;
    }
  }

  /**
   * Root mean square of the audio in `hops` hops from hop `first` on, six digits; 0 where there is none. Windows are asked
   * for in order: what lies before `first` is forgotten.
   */
  rms(first: number, hops: number): number {
    this.#sums.splice(0, first - this.#first);
    this.#first = Math.max(this.#first, first);
    const whole = this.#sums.slice(0, hops);
    // Only at the end of the audio does a window reach into the hop that is being filled.
    const partial = whole.length < hops ? this.#sum : 0;
    const count = Math.min(this.#samples - first * this.#hop, hops * this.#hop);
    if (count <= 0) return 0;
    return Number(Math.sqrt((whole.reduce((sum, value) => sum + value, 0) + partial) / count).toPrecision(6));
  }
}
