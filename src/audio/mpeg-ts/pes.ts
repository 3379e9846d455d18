/** Packets of an elementary stream: ISO/IEC 13818-1, 2.4.3.6 and 2.4.3.7. */

/** 9 bytes and up to 255 of what the ninth announces. */
const LARGEST_HEADER = 9 + 255;

/** What a payload holds, in order. */
export type PesUnit =
  /** A PES packet begins; `pts` is in ticks of 90 kHz, modulo 2^33. */
  | { readonly kind: "start"; readonly pts: number | undefined }
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  /** A header that is none: nothing of this packet is given. */
  | { readonly kind: "damaged" };

export class PesReader {
  readonly #header = new Uint8Array(LARGEST_HEADER);
  /** Bytes of the header that are there; -1 where no packet has begun that can be read. */
  #have = -1;
  #inHeader = false;
  /** Bytes of data that belong to the packet, as far as it says. */
  #remaining = 0;

  /** Whether all bytes that the last packet announced have come. */
  get complete(): boolean {
    return this.#have > 0 && !this.#inHeader && this.#remaining === 0;
  }

  /** Nothing is known until the next packet begins. */
  interrupt(): void {
    this.#have = -1;
    this.#inHeader = false;
    this.#remaining = 0;
  }

  *push(payload: Uint8Array, unitStart: boolean): Generator<PesUnit> {
    let at = 0;
    if (unitStart) {
      this.#have = 0;
      this.#inHeader = true;
    }
    if (this.#have < 0) return;
    while (this.#inHeader && at < payload.length) {
      const want = this.#have < 9 ? 9 : this.#headerLength;
      const part = payload.subarray(at, at + want - this.#have);
      this.#header.set(part, this.#have);
      this.#have += part.length;
      at += part.length;
      if (this.#have < 9 || this.#have < this.#headerLength) continue;
      this.#inHeader = false;
      if (!this.#begin()) {
        this.interrupt();
        yield { kind: "damaged" };
        return;
      }
      yield { kind: "start", pts: this.#pts() };
    }
    const bytes = payload.subarray(at, at + Math.min(payload.length - at, this.#remaining));
    this.#remaining -= bytes.length;
    if (bytes.length > 0 && !this.#inHeader) yield { kind: "data", bytes };
  }

  get #headerLength(): number {
    return 9 + (this.#header[8] ?? 0);
  }

  /** packet_start_code_prefix, and '10' before the flags. */
  #begin(): boolean {
    const [zero, zeroToo, one, , high = 0, low = 0, flags = 0] = this.#header;
    const length = (high << 8) | low;
    this.#remaining = length === 0 ? Number.POSITIVE_INFINITY : Math.max(0, length + 6 - this.#headerLength);
    return zero === 0 && zeroToo === 0 && one === 1 && (flags & 0xc0) === 0x80;
  }

  #pts(): number | undefined {
    const header = this.#header;
    if (((header[7] ?? 0) & 0x80) === 0 || this.#headerLength < 14) return undefined;
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = header.subarray(9, 14);
    // Three marker bits are always set.
    if ((a & c & e & 1) === 0) return undefined;
    return ((a >> 1) & 7) * 2 ** 30 + ((b << 22) | ((c >> 1) << 15) | (d << 7) | (e >> 1));
  }
}
