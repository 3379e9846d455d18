import { FETCH_AGAIN, invalid } from "./invalid.ts";

/**
 * Reads little-endian numbers and varints one after the other. What is not there throws `weights_invalid` with its
 * place in the file.
 */
export class Cursor {
  /** Position of the next byte in `bytes`. */
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #file: string;
  readonly #origin: number;

  /** `origin` is where byte 0 of `bytes` is in the file that `file` names. */
  constructor(bytes: Uint8Array, file: string, origin: number) {
    this.#bytes = bytes;
    this.#file = file;
    this.#origin = origin;
  }

  get left(): number {
    return this.#bytes.length - this.position;
  }

  /** Where the next byte is in the file. */
  get byteOffset(): number {
    return this.#origin + this.position;
  }

  /** 0 .. 2^53 - 1, seven bits a byte, the lowest first. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.#bytes[this.position];
      if (byte === undefined) throw this.invalid("a number is cut off.");
      this.position += 1;
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value <= Number.MAX_SAFE_INTEGER) return value;
        break;
      }
    }
    throw this.invalid("a number is too large to be a size or a place.");
  }

  fixed32(): number {
    const [a, b, c, d] = this.take(4) as Uint8Array & [number, number, number, number];
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    if (length > this.left) throw this.invalid(`${length} bytes are wanted, ${this.left} are left.`);
    this.position += length;
    return this.#bytes.subarray(this.position - length, this.position);
  }

  invalid(what: string): Error {
    return invalid(this.#file, this.byteOffset, what, FETCH_AGAIN);
  }
}
