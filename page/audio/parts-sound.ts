import type { Sound, SoundPart, SoundSource } from "./sound.ts";

/** Sound in parts that come one after the other: decoded, or heard live. An hour costs the page no more memory than a minute. */
export class PartsSound implements Sound {
  rate: number;
  readonly #parts: SoundPart[] = [];
  /** The first sample of each part. */
  readonly #starts: number[] = [];
  #length = 0;

  constructor(rate: number, parts: readonly SoundPart[] = []) {
    this.rate = rate;
    for (const part of parts) this.push(part);
  }

  get seconds(): number {
    return this.#length / this.rate;
  }

  get source(): SoundSource {
    return { kind: "parts", rate: this.rate, parts: this.#parts };
  }

  push(part: SoundPart): void {
    this.#parts.push(part);
    this.#starts.push(this.#length);
    this.#length += part.count;
  }

  async read(from: number, to: number): Promise<Float32Array<ArrayBuffer>> {
    const first = Math.max(0, Math.round(from * this.rate));
    const out = new Float32Array(Math.max(0, Math.min(this.#length, Math.round(to * this.rate)) - first));
    for (let at = this.#partAt(first); at < this.#parts.length; at++) {
      const [start, { count, peak, samples }] = [this.#starts[at] as number, this.#parts[at] as SoundPart];
      const [low, high] = [Math.max(first, start), Math.min(first + out.length, start + count)];
      if (start >= first + out.length) break;
      if (low >= high) continue;
      const values = new Int16Array(await samples.slice(2 * (low - start), 2 * (high - start)).arrayBuffer());
      for (let i = 0; i < values.length; i++) out[low - first + i] = ((values[i] as number) * peak) / 32767;
    }
    return out;
  }

  /** The part that holds a sample. */
  #partAt(sample: number): number {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] as number) <= sample) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

/** Samples in 16 bits as a part. */
export function partOf(samples: Int16Array<ArrayBuffer>): SoundPart {
  return { count: samples.length, peak: 32767 / 32768, samples: new Blob([samples]) };
}
