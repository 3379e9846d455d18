/** How a signal lies: full scale is 1. */
export interface Level {
  readonly mean: number;
  /** Root mean square about the mean. */
  readonly rms: number;
}

/**
 * Sums over the channels of a recording and the signal that was made of them, always in the order of the samples: however
 * they were cut, the bits are the same.
 */
export class SignalMeter {
  /** Of each channel, and last of the signal: count, first sample, and sums of what differs from it, and of its squares. */
  readonly #sums: Float64Array;
  readonly #channels: number;

  constructor(channels: number) {
    this.#channels = channels;
    this.#sums = new Float64Array(4 * (channels === 1 ? 1 : channels + 1));
  }

  /** Samples of all channels, one of each after the other, and of what is made of them. */
  push(interleaved: Float32Array, signal: Float32Array): void {
    const channels = this.#channels;
    for (let channel = 0; channel < channels; channel++) this.#add(channel, interleaved, channel, channels);
    if (channels > 1) this.#add(channels, signal, 0, 1);
  }

  /** Samples of one channel; or with `signal` of what is made of all of them. */
  pushOne(channel: number | "signal", samples: Float32Array): void {
    if (channel === "signal" && this.#channels === 1) return;
    this.#add(channel === "signal" ? this.#channels : channel, samples, 0, 1);
  }

  /** What was summed so far, as `join` takes it: all of a recording's pieces make the meter of the whole. */
  sums(): readonly number[] {
    return [...this.#sums];
  }

  /** Takes in what another meter has summed of as many channels, behind what this one has. Rounding aside it is one. */
  join(sums: readonly number[]): void {
    for (let at = 0; at < this.#sums.length; at += 4) {
      const [count = 0, first = 0, sum = 0, squares = 0] = sums.slice(at, at + 4);
      if (count === 0) continue;
      const [before = 0, origin = 0, own = 0, ownSquares = 0] = this.#sums.subarray(at, at + 4);
      // About the first sample of all: what was summed about another one is moved there.
      const apart = before === 0 ? 0 : first - origin;
      const moved = squares + apart * (2 * sum + count * apart);
      const joined = [before + count, before === 0 ? first : origin, own + sum + count * apart, ownSquares + moved];
      this.#sums.set(joined, at);
    }
  }

  /** Samples of each channel so far. */
  get count(): number {
    return this.#sums[0] as number;
  }

  /** Each channel's. */
  channels(): Level[] {
    return Array.from({ length: this.#channels }, (_, channel) => this.#level(channel));
  }

  /** What is made of them. */
  signal(): Level {
    return this.#level(this.#channels === 1 ? 0 : this.#channels);
  }

  #add(place: number, samples: Float32Array, from: number, step: number): void {
    const at = 4 * place;
    let count = this.#sums[at] as number;
    const first = count === 0 ? (samples[from] ?? 0) : (this.#sums[at + 1] as number);
    let sum = this.#sums[at + 2] as number;
    let squares = this.#sums[at + 3] as number;
    for (let i = from; i < samples.length; i += step) {
      const value = (samples[i] as number) - first;
      sum += value;
      squares += value * value;
      count++;
    }
    this.#sums.set([count, first, sum, squares], at);
  }

  #level(place: number): Level {
    const [count = 0, first = 0, sum = 0, squares = 0] = this.#sums.subarray(4 * place, 4 * place + 4);
    if (count === 0) return { mean: 0, rms: 0 };
    const apart = sum / count;
    return { mean: first + apart, rms: Math.sqrt(Math.max(0, squares / count - apart * apart)) };
  }
}
