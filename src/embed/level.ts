/** Samples of one hop, as far as they have come. */
interface Hop {
  count: number;
  /** Its first sample, from which the others are counted: a large constant then costs no digits. */
  first: number;
  sum: number;
  squares: number;
}

const empty = (): Hop => ({ count: 0, first: 0, sum: 0, squares: 0 });

/**
 * How loud each window's audio is, about its mean: what a recorder adds as a constant is no sound. Sums run hop by hop,
 * always in the order of the samples, so that the level of a window has the same bits however the audio was cut.
 */
export class LevelMeter {
  readonly #hop: number;
  /** Whole hops; the first is hop `#first`. */
  #hops: Hop[] = [];
  #first = 0;
  /** The hop that is being filled. */
  #filling = empty();

  /** @param hop  samples from one frame to the next @param first  the hop that the first sample begins */
  constructor(hop: number, first = 0) {
    this.#hop = hop;
    this.#first = first;
  }

  push(samples: Float32Array): void {
    for (let at = 0; at < samples.length; ) {
      const hop = this.#filling;
      if (hop.count === 0) hop.first = samples[at] as number;
      const end = Math.min(samples.length, at + this.#hop - hop.count);
      let [sum, squares] = [hop.sum, hop.squares];
      hop.count += end - at;
      for (; at < end; at++) {
        const value = (samples[at] as number) - hop.first;
        sum += value;
        squares += value * value;
      }
      hop.sum = sum;
      hop.squares = squares;
      if (hop.count < this.#hop) continue;
      this.#hops.push(hop);
      this.#filling = empty();
    }
  }

  /**
   * Root mean square, about the mean, of the audio in `hops` hops from hop `first` on, six digits; 0 where there is none.
   * Windows are asked for in order: what lies before `first` is forgotten.
   */
  rms(first: number, hops: number): number {
    this.#hops.splice(0, first - this.#first);
    this.#first = Math.max(this.#first, first);
    const parts = this.#hops.slice(0, hops);
    // Only at the end of the audio does a window reach into the hop that is being filled.
    if (parts.length < hops && this.#filling.count > 0) parts.push(this.#filling);
    let [count, total] = [0, 0];
    for (const part of parts) {
      count += part.count;
      total += part.count * part.first + part.sum;
    }
    if (count === 0) return 0;
    const mean = total / count;
    let spread = 0;
    for (const part of parts) {
      const apart = part.first + part.sum / part.count - mean;
      spread += part.squares - (part.sum * part.sum) / part.count + part.count * apart * apart;
    }
    return Number(Math.sqrt(Math.max(0, spread) / count).toPrecision(6));
  }
}
