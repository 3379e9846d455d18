import { magma } from "../../src/output/index.ts";

const SHADES = " .:-=+*#%@";

/**
 * Spectrogram rows as lines of text, like a sonar's waterfall: time goes down, frequency to the right, a character a
 * band. With colours where the terminal has them, with shades of characters otherwise.
 */
export class Waterfall {
  readonly #colours: boolean;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;

  constructor(colours: boolean) {
    this.#colours = colours;
  }

  /** The mean of `rows` frames as one line. The range of values seen so far is the range of colours. */
  line(frames: Float32Array, bands: number): string {
    const rows = frames.length / bands;
    const means = Array.from({ length: bands }, (_, band) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += frames[row * bands + band] as number;
      return sum / rows;
    });
    this.#low = Math.min(this.#low, ...means);
    this.#high = Math.max(this.#high, ...means);
    const scale = this.#high > this.#low ? 1 / (this.#high - this.#low) : 0;
    return means.map((mean) => this.#cell((mean - this.#low) * scale)).join("") + (this.#colours ? "\x1b[0m" : "");
  }

  #cell(value: number): string {
    if (!this.#colours) return SHADES[Math.round(value * (SHADES.length - 1))] as string;
    const [red, green, blue] = magma(value);
    return `\x1b[48;2;${red};${green};${blue}m `;
  }
}
