import { joinBytes } from "../../../../src/join.ts";

/** Writes bits, the first one highest. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #bits = 0;

  /** Appends the lowest `count` bits of `value`. */
  put(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) {
      if (this.#bits % 8 === 0) this.#bytes.push(0);
      if (Math.floor(value / 2 ** bit) % 2 === 1) {
        const last = this.#bytes.length - 1;
        this.#bytes[last] = (this.#bytes[last] as number) | (0x80 >> (this.#bits % 8));
      }
      this.#bits++;
    }
    return this;
  }

  align(): void {
    this.#bits = this.#bytes.length * 8;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }
}

export interface AdtsFields {
  readonly profile?: number;
  readonly rateIndex: number;
  readonly channels: number;
  /** Blocks in the frame, 1 to 4. */
  readonly blocks?: number;
}

/** One ADTS frame around `payload`: ISO/IEC 14496-3:2009, 1.A.2.2, without checksums. */
export function adtsFrame(
  payload: Uint8Array,
  { profile = 1, rateIndex, channels, blocks = 1 }: AdtsFields,
): Uint8Array {
  const writer = new BitWriter();
  writer.put(0xfff1, 16);
  writer.put(profile, 2);
  writer.put(rateIndex, 4);
  writer.put(0, 1);
  writer.put(channels, 3);
  writer.put(0, 4);
  writer.put(payload.length + 7, 13);
  writer.put(0x7ff, 11);
  writer.put(blocks - 1, 2);
  return joinBytes([writer.bytes(), payload]);
}
