import type { Sound } from "../audio/sound.ts";
import { currentTheme } from "./colours.ts";
import type { Area } from "./tiles.ts";

/** Seconds that share a lowest and a highest sample. */
const BIN = 0.01;
/** Seconds that are read at a time. */
const BLOCK = 10;

/** The lowest and highest sample of each hundredth of a second. */
export class Waveform {
  readonly #sound: Sound;
  #bins = new Float32Array(0);
  #count = 0;
  #peak = 0;
  #reading = false;

  constructor(sound: Sound) {
    this.#sound = sound;
  }

  /** The largest sample, 1 for full scale. */
  get peak(): number {
    return this.#peak;
  }

  /** Reads what there is up to a time, in the background; calls `changed` when there is more to draw. */
  async follow(seconds: number, changed: () => void): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    for (let at = this.#count * BIN; at + BIN <= Math.min(seconds, this.#sound.seconds); at = this.#count * BIN) {
      const samples = await this.#sound.read(at, Math.min(at + BLOCK, seconds));
      const bins = Math.floor(samples.length / (BIN * this.#sound.rate) + 1e-6);
      if (bins === 0) break;
      this.#push(samples, bins);
      changed();
    }
    this.#reading = false;
  }

  paint(context: CanvasRenderingContext2D, area: Area, from: number, to: number): void {
    const scale = (to - from) / area.width / BIN;
    const middle = area.y + area.height / 2;
    const unit = area.height / 2 / (this.#peak || 1);
    context.fillStyle = currentTheme().wave;
    for (let x = 0; x < area.width; x++) {
      const first = Math.floor(from / BIN + x * scale);
      const last = Math.max(first + 1, Math.floor(from / BIN + (x + 1) * scale));
      if (first >= this.#count) break;
      if (first < 0) continue;
      let [low, high] = [0, 0];
      for (let bin = first; bin < Math.min(last, this.#count); bin++) {
        low = Math.min(low, this.#bins[2 * bin] as number);
        high = Math.max(high, this.#bins[2 * bin + 1] as number);
      }
      context.fillRect(area.x + x, middle - high * unit, 1, Math.max(1, (high - low) * unit));
    }
  }

  #push(samples: Float32Array, bins: number): void {
    const needed = 2 * (this.#count + bins);
    if (needed > this.#bins.length) {
      const larger = new Float32Array(Math.max(needed, 2 * this.#bins.length));
      larger.set(this.#bins);
      this.#bins = larger;
    }
    const step = BIN * this.#sound.rate;
    for (let bin = 0; bin < bins; bin++) {
      let [low, high] = [0, 0];
      const end = Math.min(samples.length, Math.round((bin + 1) * step));
      for (let at = Math.round(bin * step); at < end; at++) {
        const value = samples[at] as number;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      this.#bins[2 * (this.#count + bin)] = low;
      this.#bins[2 * (this.#count + bin) + 1] = high;
      this.#peak = Math.max(this.#peak, high, -low);
    }
    this.#count += bins;
  }
}
