import { ByteQueue } from "../byte-queue.ts";

/** ISO/IEC 13818-1, 2.4.3.2. */
export const PACKET_BYTES = 188;
const SYNC_BYTE = 0x47;

/** Packets in a row that begin with the sync byte before it is believed that they are packets. */
const CHAIN = 3;

/** A transport packet, or bytes that are none. `source` is the offset in the file; `bytes` are good until the next. */
export type PacketUnit =
  | { readonly kind: "packet"; readonly bytes: Uint8Array; readonly source: number }
  | { readonly kind: "garbage"; readonly length: number; readonly source: number };

const SLICE = 1 << 14;

/** Cuts a byte stream into transport packets, finding the beat again where bytes are missing or too many. */
export class PacketReader {
  readonly #queue = new ByteQueue();
  #synced = false;
  #garbage = 0;

  *push(bytes: Uint8Array, source: number): Generator<PacketUnit> {
    for (let at = 0; at < bytes.length; at += SLICE) {
      this.#queue.append(bytes.subarray(at, at + SLICE), source + at);
      yield* this.#drain(false);
    }
  }

  /** What is left; then `rest` tells the bytes of an unfinished packet. */
  *flush(): Generator<PacketUnit> {
    yield* this.#drain(true);
    this.#garbage += this.#synced ? 0 : this.#queue.length;
    if (!this.#synced) this.#queue.drop(this.#queue.length);
    yield* this.#takeGarbage();
  }

  /** Bytes of the packet that has begun. */
  get rest(): number {
    return this.#queue.length;
  }

  *#drain(final: boolean): Generator<PacketUnit> {
    const queue = this.#queue;
    while (queue.length >= PACKET_BYTES || (final && queue.length > 0)) {
      this.#synced &&= queue.byte(0) === SYNC_BYTE;
      if (!this.#synced && !this.#search(final)) return;
      yield* this.#takeGarbage();
      if (queue.length < PACKET_BYTES) return;
      const source = queue.sourceOf(queue.position);
      const bytes = queue.view(PACKET_BYTES);
      queue.drop(PACKET_BYTES);
      yield { kind: "packet", bytes, source };
    }
  }

  /** Drops bytes up to a believable packet. @returns whether one is at the front */
  #search(final: boolean): boolean {
    const queue = this.#queue;
    const span = (CHAIN - 1) * PACKET_BYTES + 1;
    let at = 0;
    for (; at + (final ? 1 : span) <= queue.length; at++) {
      if (!this.#believe(at)) continue;
      this.#synced = true;
      break;
    }
    queue.drop(at);
    this.#garbage += at;
    return this.#synced;
  }

  #believe(place: number): boolean {
    for (let link = 0; link < CHAIN; link++) {
      const at = place + link * PACKET_BYTES;
      // At the end of the bytes fewer must do.
      if (at >= this.#queue.length) return link > 0;
      if (this.#queue.byte(at) !== SYNC_BYTE) return false;
    }
    return true;
  }

  *#takeGarbage(): Generator<PacketUnit> {
    if (this.#garbage === 0) return;
    const length = this.#garbage;
    this.#garbage = 0;
    yield { kind: "garbage", length, source: this.#queue.sourceOf(this.#queue.position) - length };
  }
}
