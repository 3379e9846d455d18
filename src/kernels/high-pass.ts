/** What was taken out below, for the header. */
export interface HighPassDescription {
  /** Where the signal is 3 dB weaker. */
  readonly hertz: number;
  /** Of the Butterworth filter: 24 dB an octave. */
  readonly order: 4;
  /** `causal`: it goes once over the signal and delays what lies about its corner; what lies well above is not moved. */
  readonly phase: "causal";
}

export function describeHighPass(hertz: number): HighPassDescription {
  return { hertz, order: 4, phase: "causal" };
}

/** Butterworth's poles: 1 / (2 cos(pi / 8)) and 1 / (2 cos(3 pi / 8)). */
const QUALITIES = [1 / (2 * Math.cos(Math.PI / 8)), 1 / (2 * Math.cos((3 * Math.PI) / 8))] as const;

/** One of the two sections, by the bilinear transform with its corner at the right place; transposed direct form II. */
class Section {
  readonly #gain: number;
  readonly #a1: number;
  readonly #a2: number;
  #s1 = 0;
  #s2 = 0;

  constructor(corner: number, quality: number) {
    const k = Math.tan(Math.PI * corner);
    this.#gain = 1 / (1 + k / quality + k * k);
    this.#a1 = 2 * (k * k - 1) * this.#gain;
    this.#a2 = (1 - k / quality + k * k) * this.#gain;
  }

  /** As after endless samples of `value`, which give 0. */
  settle(value: number): void {
    this.#s1 = -this.#gain * value;
    this.#s2 = this.#gain * value;
  }

  run(samples: Float64Array): void {
    const [gain, a1, a2] = [this.#gain, this.#a1, this.#a2];
    let [s1, s2] = [this.#s1, this.#s2];
    for (let i = 0; i < samples.length; i++) {
      const x = gain * (samples[i] as number);
      const y = x + s1;
      s1 = -2 * x - a1 * y + s2;
      s2 = x - a2 * y;
      samples[i] = y;
    }
    this.#s1 = s1;
    this.#s2 = s2;
  }
}

/** Samples taken at a time: bounds the memory, changes no number. */
const BLOCK = 4096;

/**
 * A high-pass filter: Butterworth of the 4th order, causal, in float64. It begins as if the first sample had been there for
 * ever, so that a constant offset gives no step. However the samples are cut, the bits are the same.
 */
export class HighPass {
  readonly #sections: readonly Section[];
  readonly #exact = new Float64Array(BLOCK);
  readonly #out = new Float32Array(BLOCK);
  #fresh = true;

  /** @param hertz  the corner, above 0 and below half of `rate` */
  constructor(hertz: number, rate: number) {
    this.#sections = QUALITIES.map((quality) => new Section(hertz / rate, quality));
  }

  /** Yields as many samples as it gets; each view is good until the next step. */
  *push(samples: Float32Array): Generator<Float32Array> {
    for (let at = 0; at < samples.length; at += BLOCK) {
      const part = samples.subarray(at, at + BLOCK);
      if (this.#fresh) {
        for (const [place, section] of this.#sections.entries()) section.settle(place === 0 ? (part[0] as number) : 0);
        this.#fresh = false;
      }
      const exact = this.#exact.subarray(0, part.length);
      exact.set(part);
      for (const section of this.#sections) section.run(exact);
      const out = this.#out.subarray(0, part.length);
      out.set(exact);
      yield out;
    }
  }

  /** What is pushed next is the start of another stretch. */
  restart(): void {
    this.#fresh = true;
  }
}
