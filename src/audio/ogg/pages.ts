import { ByteQueue } from "../byte-queue.ts";

/** A page, RFC 3533 section 6; `source` is its offset in the file. */
export interface Page {
  readonly source: number;
  /** Whether its first bytes go on with the packet of the page before. */
  readonly continued: boolean;
  readonly first: boolean;
  readonly last: boolean;
  /** Where the last packet that ends on the page ends, in the codec's count; undefined where none ends. */
  readonly granule: number | undefined;
  readonly serial: number;
  readonly sequence: number;
  /** Lengths of the pieces; a packet goes on beyond a piece of 255. */
  readonly lacing: Uint8Array;
  readonly body: Uint8Array;
}

export type PageUnit =
  | { readonly kind: "page"; readonly page: Page }
  | { readonly kind: "garbage"; readonly source: number; readonly length: number }
  /** Much was tried without finding anything yet. */
  | { readonly kind: "vain" };

const HEADER = 27;
const SLICE = 1 << 14;
/** After so many bytes of what seemed pages and were none, others may have their turn: some milliseconds. */
const VAIN_STEP = 1 << 20;
const MAGIC = [0x4f, 0x67, 0x67, 0x53] as const;

/** Cuts bytes into pages whose checksum is right; all other bytes are garbage. Holds one page at most: 65,307 bytes. */
export class PageReader {
  readonly #queue = new ByteQueue();
  #garbage = 0;
  #vain = 0;

  *push(bytes: Uint8Array, source: number): Generator<PageUnit> {
    for (let at = 0; at < bytes.length; at += SLICE) {
      this.#queue.append(bytes.subarray(at, at + SLICE), source + at);
      yield* this.#drain(false);
    }
  }

  *flush(): Generator<PageUnit> {
    yield* this.#drain(true);
  }

  *#drain(final: boolean): Generator<PageUnit> {
    const queue = this.#queue;
    while (queue.length > 0) {
      const length = this.#pageLength();
      if (length === undefined || (length > queue.length && length > 0)) {
        if (!final) return;
        this.#pass();
        continue;
      }
      if (length === 0) {
        this.#pass();
        continue;
      }
      const bytes = queue.view(length);
      if (checksum(bytes) !== u32(bytes, 22)) {
        this.#pass();
        this.#vain += length;
        if (this.#vain < VAIN_STEP) continue;
        this.#vain = 0;
        yield { kind: "vain" };
        continue;
      }
      const source = queue.sourceOf(queue.position);
      yield* this.#takeGarbage();
      queue.drop(length);
      yield { kind: "page", page: read(bytes, source) };
    }
    if (final) yield* this.#takeGarbage();
  }

  /** Length of the page at the front: 0 where there is none, undefined where that cannot be told yet. */
  #pageLength(): number | undefined {
    const queue = this.#queue;
    for (const [at, byte] of MAGIC.entries()) {
      if (at >= queue.length) return undefined;
      if (queue.byte(at) !== byte) return 0;
    }
    if (queue.length > 4 && queue.byte(4) !== 0) return 0;
    if (queue.length < HEADER) return undefined;
    const segments = queue.byte(26);
    if (queue.length < HEADER + segments) return undefined;
    let length = HEADER + segments;
    for (let segment = 0; segment < segments; segment++) length += queue.byte(HEADER + segment);
    return length;
  }

  /** On to the next place where a page may begin. */
  #pass(): void {
    const queue = this.#queue;
    let at = 1;
    while (at < queue.length && queue.byte(at) !== MAGIC[0]) at++;
    queue.drop(at);
    this.#garbage += at;
  }

  *#takeGarbage(): Generator<PageUnit> {
    if (this.#garbage === 0) return;
    const length = this.#garbage;
    this.#garbage = 0;
    yield { kind: "garbage", source: this.#queue.sourceOf(this.#queue.position) - length, length };
  }
}

function read(bytes: Uint8Array, source: number): Page {
  const flags = bytes[5] as number;
  const [low, high] = [u32(bytes, 6), u32(bytes, 10)];
  const segments = bytes[26] as number;
  return {
    source,
    continued: (flags & 1) !== 0,
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
    granule: low === 0xffff_ffff && high === 0xffff_ffff ? undefined : (high | 0) * 2 ** 32 + low,
    serial: u32(bytes, 14),
    sequence: u32(bytes, 18),
    lacing: bytes.subarray(HEADER, HEADER + segments),
    body: bytes.subarray(HEADER + segments),
  };
}

/** All bytes of a page; good as long as its body is. */
export function pageBytes({ lacing, body }: Page): Uint8Array {
  const head = HEADER + lacing.length;
  return new Uint8Array(body.buffer, body.byteOffset - head, head + body.length);
}

function u32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
}

/** x^32 + x^26 + ... + 1, the first bit first, from 0. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

/** The checksum over a page with its own four bytes taken as 0. */
export function checksum(page: Uint8Array): number {
  let crc = 0;
  for (let at = 0; at < page.length; at++) {
    const byte = at >= 22 && at < 26 ? 0 : (page[at] as number);
    crc = (crc << 8) ^ (TABLE[(crc >>> 24) ^ byte] as number);
  }
  return crc >>> 0;
}
