import { joinBytes } from "../../join.ts";

/** So many bytes are found again in no other place, but in silence. */
const LENGTH = 2048;

/**
 * The last bytes of a connection. A server sends its next one some of what it had sent before; where these are among it,
 * the sound goes on behind them as if nothing had been.
 */
export class Tail {
  #bytes = new Uint8Array(0);

  push(bytes: Uint8Array): void {
    this.#bytes = bytes.length >= LENGTH ? bytes.slice(-LENGTH) : joinBytes([this.#bytes, bytes]).slice(-LENGTH);
  }

  /** Where in `bytes` what follows on these begins; undefined where they are not among them. */
  endIn(bytes: Uint8Array): number | undefined {
    const tail = this.#bytes;
    if (tail.length < LENGTH) return undefined;
    for (let end = bytes.length; end >= LENGTH; end--) {
      let at = LENGTH;
      while (at > 0 && bytes[end - 1 - (LENGTH - at)] === tail[at - 1]) at--;
      if (at === 0) return end;
    }
    return undefined;
  }
}
