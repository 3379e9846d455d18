import type { SpectrogramShape } from "../../records/index.ts";
import { magma } from "../colour.ts";

/** Shares of the old pixels in one new pixel. */
interface Share {
  readonly from: number;
  readonly weights: readonly number[];
}

/** How `from` pixels become `to` so that each new pixel is the mean of what it covers. */
function shares(from: number, to: number): Share[] {
  const width = from / to;
  return Array.from({ length: to }, (_, at) => {
    const [start, end] = [at * width, (at + 1) * width];
    const first = Math.floor(start);
    const last = Math.min(from, Math.ceil(end - 1e-9));
    const weights = Array.from(
      { length: last - first },
      (_, i) => (Math.min(end, first + i + 1) - Math.max(start, first + i)) / width,
    );
    return { from: first, weights };
  });
}

/** Resizes pictures of one size to another by the mean over each new pixel's area. */
export class Resizer {
  readonly #width: number;
  readonly #newWidth: number;
  readonly #down: readonly Share[];
  readonly #across: readonly Share[];
  /** Fewer lines, each as long as before. */
  readonly #low: Float32Array;
  readonly #out: Float32Array;

  constructor(width: number, height: number, newWidth: number, newHeight: number) {
    this.#width = width;
    this.#newWidth = newWidth;
    this.#down = shares(height, newHeight);
    this.#across = shares(width, newWidth);
    this.#low = new Float32Array(width * newHeight);
    this.#out = newWidth === width ? this.#low : new Float32Array(newWidth * newHeight);
  }

  /**
   * @param pixels  lines of the picture, one after the other
   * @returns lines of the new one; good until the next call
   */
  resize(pixels: Float32Array | Uint8Array): Float32Array {
    const width = this.#width;
    const newWidth = this.#newWidth;
    const low = this.#low;
    const out = this.#out;
    low.fill(0);
    for (const [y, { from, weights }] of this.#down.entries()) {
      const to = y * width;
      for (let i = 0; i < weights.length; i++) {
        const weight = weights[i] as number;
        const line = (from + i) * width;
        for (let x = 0; x < width; x++) {
          low[to + x] = (low[to + x] as number) + weight * (pixels[line + x] as number);
        }
      }
    }
    if (out === low) return low;
    for (let y = 0; y < this.#down.length; y++) {
      for (let x = 0; x < newWidth; x++) {
        const { from, weights } = this.#across[x] as Share;
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (low[y * width + from + i] as number);
        out[y * newWidth + x] = sum;
      }
    }
    return out;
  }
}

/** The tone of a value before the range of the whole bundle is known, 0 to 255, by what the header says of its range. */
function toneOf({ shown: { from, to, steps } }: SpectrogramShape): (value: number) => number {
  if (steps === "even") return (value) => (255 * (value - from)) / (to - from);
  return (value) => (255 * Math.log1p(Math.max(0, value - from))) / Math.log1p(to - from);
}

/**
 * What the net saw of a window as a small grey picture: time from left to right, the lowest band at the bottom. Colours
 * come at the end, when the range of all windows is known.
 */
export class Thumbnails {
  readonly side: number;
  readonly #resizer: Resizer;
  readonly #tone: (value: number) => number;
  /** How often each tone occurs. */
  readonly #counts = new Float64Array(256);

  constructor(picture: SpectrogramShape, side: number) {
    const { frames, bands } = picture;
    this.side = side;
    this.#tone = toneOf(picture);
    this.#resizer = new Resizer(bands, frames, side, side);
  }

  /** @param spectrogram  [frames, bands], row-major */
  make(spectrogram: Float32Array): Uint8Array {
    const side = this.side;
    const tone = this.#tone;
    const counts = this.#counts;
    const small = this.#resizer.resize(spectrogram);
    const out = new Uint8Array(side * side);
    for (let x = 0; x < side; x++) {
      for (let y = 0; y < side; y++) {
        const grey = Math.max(0, Math.min(255, Math.round(tone(small[x * side + side - 1 - y] as number))));
        out[y * side + x] = grey;
        counts[grey] = (counts[grey] as number) + 1;
      }
    }
    return out;
  }

  /**
   * 256 colours, red, green and blue each: magma from the tone that 2 % of all pixels stay below to the one that 0.2 %
   * exceed, so that a few extremes do not make the rest dark.
   */
  palette(): Uint8Array {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    const quantile = (share: number) => {
      let seen = 0;
      return this.#counts.findIndex((count) => {
        seen += count;
        return seen >= share * total;
      });
    };
    const [low, high] = [quantile(0.02), quantile(0.998)];
    const scale = high > low ? 1 / (high - low) : 0;
    return Uint8Array.from(Array.from({ length: 256 }, (_, tone) => magma((tone - low) * scale)).flat());
  }
}
