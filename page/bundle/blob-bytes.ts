import type { FileBytes } from "../../src/collection/usearch-file.ts";

/** What workers have for waiting (w3.org/TR/FileAPI): TypeScript knows it for workers alone. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** Bytes that are read at a time, and how many such pieces are kept. */
const [PIECE, KEPT] = [4 << 20, 8];

/** A Blob's bytes, read when they are asked for: of a worker only, which may wait for them. */
export class BlobBytes implements FileBytes {
  readonly size: number;
  readonly #blob: Blob;
  readonly #reader = new FileReaderSync();
  /** The latest last. */
  readonly #pieces = new Map<number, Uint8Array<ArrayBuffer>>();

  constructor(blob: Blob) {
    this.#blob = blob;
    this.size = blob.size;
  }

  read(at: number, length: number): Uint8Array {
    const [first, last] = [Math.floor(at / PIECE), Math.floor((at + Math.max(1, length) - 1) / PIECE)];
    if (first === last) return this.#piece(first).subarray(at - first * PIECE, at - first * PIECE + length);
    return this.#readAt(at, at + length);
  }

  #piece(number: number): Uint8Array<ArrayBuffer> {
    const known = this.#pieces.get(number);
    if (known !== undefined) return known;
    const read = this.#readAt(number * PIECE, (number + 1) * PIECE);
    this.#pieces.set(number, read);
    const [oldest] = this.#pieces.keys();
    if (this.#pieces.size > KEPT && oldest !== undefined) this.#pieces.delete(oldest);
    return read;
  }

  #readAt(from: number, to: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#reader.readAsArrayBuffer(this.#blob.slice(from, to)));
  }
}
