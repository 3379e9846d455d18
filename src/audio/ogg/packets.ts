import { LARGEST_PACKET } from "./packet-codec.ts";
import type { Page } from "./pages.ts";

/** The packets that end on a page. */
export interface PagePackets {
  readonly packets: readonly Uint8Array[];
  /** Whether something is missing before the first of them. */
  readonly lost: boolean;
}

/** Joins the pieces of packets that pages of one stream carry. Holds one unfinished packet. */
export class PacketReader {
  #pieces: Uint8Array[] = [];
  #length = 0;
  #open = false;
  #sequence: number | undefined;

  /** Pages that are missing before `page`, by its number. */
  missing(page: Page): number {
    return this.#sequence === undefined ? 0 : (page.sequence - this.#sequence - 1) >>> 0;
  }

  /** Whether a packet has begun and not ended. */
  get unfinished(): boolean {
    return this.#open;
  }

  read(page: Page): PagePackets {
    let lost = this.missing(page) > 0;
    this.#sequence = page.sequence;
    if (this.#open && (lost || !page.continued)) {
      this.#drop();
      lost = true;
    }
    // A packet whose beginning is missing is passed over up to its end.
    let headless = page.continued && !this.#open;
    lost ||= headless;
    const packets: Uint8Array[] = [];
    let at = 0;
    let from = 0;
    for (const [segment, size] of page.lacing.entries()) {
      at += size;
      const ends = size < 255;
      if (!ends && segment < page.lacing.length - 1) continue;
      const piece = page.body.subarray(from, at);
      from = at;
      if (headless) {
        headless = !ends;
        continue;
      }
      if (this.#length + piece.length <= LARGEST_PACKET) {
        // What waits for the next page must outlive this one.
        this.#pieces.push(ends ? piece : piece.slice());
        this.#length += piece.length;
      }
      this.#open = !ends;
      if (!ends) continue;
      packets.push(this.#join());
      this.#drop();
    }
    return { packets, lost };
  }

  #join(): Uint8Array {
    if (this.#pieces.length === 1) return this.#pieces[0] as Uint8Array;
    const packet = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      packet.set(piece, at);
      at += piece.length;
    }
    return packet;
  }

  #drop(): void {
    this.#pieces = [];
    this.#length = 0;
    this.#open = false;
  }
}
