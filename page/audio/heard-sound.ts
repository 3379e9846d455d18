import type { Sound } from "./sound.ts";

/** Sound that grows while it is heard, held in 16 bits. */
export class HeardSound implements Sound {
  readonly rate: number;
  readonly #parts: Int16Array[] = [];
  #length = 0;

  constructor(rate: number) {
    this.rate = rate;
  }

  get seconds(): number {
    return this.#length / this.rate;
  }

  push(samples: Int16Array): void {
    this.#parts.push(samples);
    this.#length += samples.length;
  }

  async read(from: number, to: number): Promise<Float32Array<ArrayBuffer>> {
    const first = Math.max(0, Math.round(from * this.rate));
    const out = new Float32Array(Math.max(0, Math.min(this.#length, Math.round(to * this.rate)) - first));
    let start = 0;
    for (const part of this.#parts) {
      const low = Math.max(first, start);
      const high = Math.min(first + out.length, start + part.length);
      for (let at = low; at < high; at++) out[at - first] = (part[at - start] as number) / 32768;
      start += part.length;
    }
    return out;
  }
}
