import type { AudioInfo, DetectingDecoder } from "../../audio/index.ts";
import { Turn } from "../../turns.ts";

/**
 * Decodes sound as the stretch that it is for will, before it is let in: how long it is, and whether silence would stand
 * for something that is damaged.
 */
export class Meter {
  readonly #decoder: DetectingDecoder;
  readonly #turn = new Turn();
  #samples = 0;
  /** Losses found while there was no sound yet: what one joins on its way begins within a frame. */
  #joined = 0;

  constructor(decoder: DetectingDecoder) {
    this.#decoder = decoder;
  }

  get info(): AudioInfo | undefined {
    return this.#decoder.info;
  }

  /** Of sound so far. */
  get seconds(): number {
    return this.#samples / (this.info?.rate ?? 1);
  }

  /**
   * Throws what decoding throws.
   * @returns what is lost in the bytes, in words; undefined where nothing is
   */
  async push(bytes: Uint8Array): Promise<string | undefined> {
    const before = this.#samples;
    for (const part of this.#decoder.push(bytes)) {
      this.#samples += part.length;
      await this.#turn.step(part.length);
    }
    const losses = this.#decoder.findings().filter(({ lost }) => lost);
    if (before === 0) this.#joined = losses.length;
    return losses[this.#joined]?.message;
  }
}
