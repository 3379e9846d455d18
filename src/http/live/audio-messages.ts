/** Bytes before the samples: where they belong. */
export const AUDIO_HEADER = 16;

/** Messages a second of sound: what waits for the next one is not missed. */
const MESSAGES_A_SECOND = 4;

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
  readonly #send: (message: Uint8Array) => void;

  /** @param send  is given each message as soon as it is full */
  constructor(send: (message: Uint8Array) => void) {
    this.#send = send;
  }

  /** A header record begins a stretch. */
  begin(): void {
    this.#stretch++;
    this.#before = 0;
  }

  readonly heard = (samples: Float32Array, rate: number): void => {
    if (rate !== this.#rate) {
      this.#rate = rate;
      this.#waiting = new Int16Array(Math.ceil(rate / MESSAGES_A_SECOND));
    }
    for (let at = 0; at < samples.length; ) {
      const end = Math.min(samples.length, at + this.#waiting.length - this.#count);
      for (; at < end; at++) {
        this.#waiting[this.#count++] = Math.max(-32768, Math.min(32767, Math.round((samples[at] as number) * 32768)));
      }
      if (this.#count === this.#waiting.length) this.#pack();
    }
  };

  /** The stretch has ended: sends what waits. */
  flush(): void {
    if (this.#count > 0) this.#pack();
  }

  #pack(): void {
    const message = new Uint8Array(AUDIO_HEADER + 2 * this.#count);
    const view = new DataView(message.buffer);
    view.setFloat64(0, this.#before / this.#rate, true);
    view.setUint32(8, this.#stretch, true);
    view.setUint32(12, this.#rate, true);
    for (let at = 0; at < this.#count; at++) view.setInt16(AUDIO_HEADER + 2 * at, this.#waiting[at] as number, true);
    this.#send(message);
    this.#before += this.#count;
    this.#count = 0;
  }
}
