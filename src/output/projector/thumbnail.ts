import type { HeaderRecord } from "../../embed/index.ts";
import { MODELS } from "../../models/index.ts";
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
  readonly #across: readonly Share[];
  readonly #down: readonly Share[];
  /** Resized across, not yet down. */
  readonly #narrow: Float32Array;

  constructor(width: number, height: number, newWidth: number, newHeight: number) {
    this.#width = width;
    this.#across = shares(width, newWidth);
    this.#down = shares(height, newHeight);
    this.#narrow = new Float32Array(newWidth * height);
  }

  /** @param pixels  rows of the picture, one after the other */
  resize(pixels: ArrayLike<number>, out: Float32Array): Float32Array {
    const columns = this.#across.length;
    const narrow = this.#narrow;
    for (let y = 0, line = 0; y < narrow.length; y += columns, line += this.#width) {
      for (let x = 0; x < columns; x++) {
        const { from, weights } = this.#across[x] as Share;
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (pixels[line + from + i] as number);
        narrow[y + x] = sum;
      }
    }
    for (let y = 0; y < this.#down.length; y++) {
      const { from, weights } = this.#down[y] as Share;
      for (let x = 0; x < columns; x++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++)
          sum += (weights[i] as number) * (narrow[(from + i) * columns + x] as number);
        out[y * columns + x] = sum;
      }
    }
    return out;
  }
}

/**
 * The tone of a value before the range of the whole bundle is known, 0 to 255: log-mel from its floor ln(offset) to 6,
 * which a full-scale sine does not reach; PCEN by ln(1 + v) up to v = 20.
 */
function toneOf({ model }: HeaderRecord): (value: number) => number {
  const { frontEnd } = MODELS[model];
  if (frontEnd.kind === "pcen") return (value) => (255 * Math.log1p(Math.max(0, value))) / Math.log1p(20);
  const floor = Math.log(frontEnd.offset);
  return (value) => (255 * (value - floor)) / (6 - floor);
}

/**
 * What the net saw of a window as a small grey picture: time from left to right, the lowest band at the bottom. Colours
 * come at the end, when the range of all windows is known.
 */
export class Thumbnails {
  readonly side: number;
  readonly #resizer: Resizer;
  readonly #tone: (value: number) => number;
  readonly #turned: Float32Array;
  readonly #small: Float32Array;
  readonly #bands: number;
  /** How often each tone occurs. */
  readonly #counts = new Float64Array(256);

  constructor(header: HeaderRecord, side: number) {
    const { frames, bands } = header.spectrogram;
    this.side = side;
    this.#bands = bands;
    this.#tone = toneOf(header);
    this.#turned = new Float32Array(frames * bands);
    this.#small = new Float32Array(side * side);
    this.#resizer = new Resizer(frames, bands, side, side);
  }

  /** @param spectrogram  [frames, bands], row-major */
  make(spectrogram: Float32Array): Uint8Array {
    const bands = this.#bands;
    const frames = spectrogram.length / bands;
    for (let band = 0; band < bands; band++) {
      const line = (bands - 1 - band) * frames;
      for (let frame = 0; frame < frames; frame++) {
        this.#turned[line + frame] = spectrogram[frame * bands + band] as number;
      }
    }
    const small = this.#resizer.resize(this.#turned, this.#small);
    const out = new Uint8Array(small.length);
    for (let at = 0; at < out.length; at++) {
      const tone = Math.max(0, Math.min(255, Math.round(this.#tone(small[at] as number))));
      out[at] = tone;
      this.#counts[tone] = (this.#counts[tone] as number) + 1;
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
