/** Bytes before the samples: where they belong. */
export const AUDIO_HEADER = 16;

/** Seconds of one message at most. */
const MESSAGE_SECONDS = 1;

/**
 * What is heard as binary messages, little-endian: float64 seconds from the start of the stretch, uint32 number of the
 * stretch (0, 1, …; each header record begins one), uint32 rate in Hz, then mono samples as int16.
 */
export class AudioMessages {
  #stretch = -1;
  /** Samples of the stretch that went before those that wait. */
  #before = 0;
  #rate = 0;
  #waiting = new Int16Array(0);
  #count = 0;
  readonly #ready: Uint8Array[] = [];

  /** A header record begins a stretch. */
  begin(): void {
    this.#pack();
    this.#stretch++;
    this.#before = 0;
  }

  readonly heard = (samples: Float32Array, rate: number): void => {
    if (rate !== this.#rate) {
      this.#pack();
      this.#rate = rate;
      this.#waiting = new Int16Array(rate * MESSAGE_SECONDS);
    }
    for (let at = 0; at < samples.length; ) {
      const end = Math.min(samples.length, at + this.#waiting.length - this.#count);
      for (; at < end; at++) {
        this.#waiting[this.#count++] = Math.max(-32768, Math.min(32767, Math.round((samples[at] as number) * 32768)));
      }
      if (this.#count === this.#waiting.length) this.#pack();
    }
  };

  /** The messages that are full. @param all  the one that is not, too */
  take(all: boolean): Uint8Array[] {
    if (all) this.#pack();
    return this.#ready.splice(0);
  }

  #pack(): void {
    if (this.#count === 0) return;
    const message = new Uint8Array(AUDIO_HEADER + 2 * this.#count);
    const view = new DataView(message.buffer);
    view.setFloat64(0, this.#before / this.#rate, true);
    view.setUint32(8, this.#stretch, true);
    view.setUint32(12, this.#rate, true);
    for (let at = 0; at < this.#count; at++) view.setInt16(AUDIO_HEADER + 2 * at, this.#waiting[at] as number, true);
    this.#ready.push(message);
    this.#before += this.#count;
    this.#count = 0;
  }
}
