/** A metadata block says its length in units of so many bytes. */
const UNIT = 16;

/**
 * Takes the metadata blocks out of a stream that has them (SHOUTcast's protocol, which Icecast speaks): one stands behind
 * every `icy-metaint` bytes of sound, its first byte says how long it is.
 */
export class IcyBytes {
  readonly #every: number;
  /** Bytes of sound up to the next block, and of the block to pass over. */
  #sound: number;
  #block = 0;

  /** @param every  bytes of sound between two blocks; infinity for a stream without any */
  constructor(every: number) {
    this.#every = every;
    this.#sound = every;
  }

  /** The sound in the next bytes. */
  *push(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; ) {
      if (this.#block > 0) {
        const passed = Math.min(this.#block, bytes.length - at);
        this.#block -= passed;
        at += passed;
      } else if (this.#sound === 0) {
        this.#block = UNIT * (bytes[at++] as number);
        this.#sound = this.#every;
      } else {
        const part = bytes.subarray(at, at + this.#sound);
        this.#sound -= part.length;
        at += part.length;
        yield part;
      }
    }
  }
}
