import { ByteQueue } from "./byte-queue.ts";

/** What the finder must know of a frame's header. */
export interface FrameHeader {
  /** Bytes of the frame, its header included. */
  readonly length: number;
  /** What the headers of one stream have in common. */
  readonly key: number;
}

/** How the headers of a kind of stream are read. */
export interface HeaderFormat<Header extends FrameHeader> {
  /** Bytes that `read` looks at. */
  readonly bytes: number;
  /** @param byte  the byte so many places on @returns undefined where no header stands */
  read(byte: (at: number) => number): Header | undefined;
}

/** What comes next in the bytes. `position` is the ByteQueue's; `bytes` are good until the next call. */
export type Unit<Header> =
  | { readonly kind: "frame"; readonly position: number; readonly header: Header; readonly bytes: Uint8Array }
  /** A frame that another one follows before its end. */
  | { readonly kind: "cut"; readonly position: number; readonly header: Header; readonly length: number }
  /** Bytes that are of no frame. */
  | { readonly kind: "garbage"; readonly position: number; readonly length: number }
  /** The last frame, where the bytes ended before it did. */
  | { readonly kind: "unfinished"; readonly position: number; readonly length: number };

/** Frames that must follow one another before another kind of header than so far is believed. */
const NEW_KIND_CHAIN = 3;

/** ID3v2 tags have a header of 10 bytes, the old ID3v1 tag 128 bytes in all; APE tags a header or footer of 32. */
const ID3_HEADER = 10;
const OLD_ID3 = 128;
const APE_HEADER = 32;

/** Bytes by which a tag is told and measured. */
const TAG_BYTES = 24;

/**
 * Finds the frames of a stream of frames with headers: ADTS, MPEG audio. A header is believed when the next one stands where it should, so a sync word
 * within the data, a damaged length and a missing piece are told apart. Every decision waits until the bytes that it
 * needs are there, so cuts in the input change nothing.
 */
export class FrameFinder<Header extends FrameHeader> {
  readonly queue = new ByteQueue();
  readonly #format: HeaderFormat<Header>;
  /** What all headers have in common, once known. */
  #key: number | undefined;
  /** Whether a header is due at the front. */
  #synced = false;
  #garbage = 0;
  #skip = 0;
  /** Bytes without which the last call could not go on. */
  #need = 0;

  constructor(format: HeaderFormat<Header>) {
    this.#format = format;
  }

  /** Forgets an unfinished frame: bytes are missing before those to come. */
  interrupt(): void {
    this.queue.drop(this.queue.length);
    this.#synced = false;
    this.#garbage = 0;
    this.#skip = 0;
    this.#need = 0;
  }

  /** The next unit, or undefined where more bytes are needed; `final` says that there are no more. */
  next(final: boolean): Unit<Header> | undefined {
    const { queue } = this;
    if (queue.length < this.#need && !final) return undefined;
    this.#need = 0;
    for (;;) {
      if (this.#skip > 0) {
        const dropped = Math.min(this.#skip, queue.length);
        queue.drop(dropped);
        this.#skip -= dropped;
      }
      if (queue.length === 0) return final ? this.#takeGarbage() : undefined;
      if (!final && queue.length < TAG_BYTES) return this.#wait(TAG_BYTES);
      const tag = this.#garbage === 0 ? this.#tagAt(0) : 0;
      if (tag > 0) {
        this.#skip = tag;
        continue;
      }
      if (this.#synced) {
        const header = this.#headerAt(0);
        if (header !== undefined && header.key === this.#key) return this.#frame(header, final);
        this.#synced = false;
      }
      const sync = this.#search(final);
      if (sync === "wait") return undefined;
      const garbage = this.#takeGarbage();
      if (garbage !== undefined) return garbage;
      if (sync === "none") return undefined;
    }
  }

  #wait(bytes: number): undefined {
    this.#need = bytes;
  }

  #headerAt(place: number): Header | undefined {
    return this.queue.length < place + this.#format.bytes
      ? undefined
      : this.#format.read((at) => this.queue.byte(place + at));
  }

  /** Bytes of the ID3 or APE tag at `place`, or 0. */
  #tagAt(place: number): number {
    const byte = (at: number) => this.queue.byte(place + at);
    const start = String.fromCharCode(byte(0), byte(1), byte(2));
    if (start === "TAG") return OLD_ID3;
    if (start === "APE") return apeTagBytes(byte);
    const size = [byte(6), byte(7), byte(8), byte(9)];
    if (start !== "ID3" || byte(3) === 0xff || size.some((part) => part > 0x7f)) return 0;
    const footer = (byte(5) & 0x10) !== 0 ? ID3_HEADER : 0;
    return size.reduce((sum, part) => sum * 128 + part, 0) + ID3_HEADER + footer;
  }

  #takeGarbage(): Unit<Header> | undefined {
    if (this.#garbage === 0) return undefined;
    const length = this.#garbage;
    this.#garbage = 0;
    return { kind: "garbage", position: this.queue.position - length, length };
  }

  /** Drops bytes until a believable header is at the front. */
  #search(final: boolean): "found" | "none" | "wait" {
    for (let at = 0; ; at++) {
      const verdict = at < this.queue.length ? this.#believe(at, final) : "no";
      if (verdict === "no" && at < this.queue.length) continue;
      this.queue.drop(at);
      this.#garbage += at;
      if (verdict === "yes") {
        this.#key = this.#headerAt(0)?.key;
        this.#synced = true;
        return "found";
      }
      if (verdict === "wait") this.#need -= at;
      return final ? "none" : "wait";
    }
  }

  /** Whether frames begin at `place`. Sets `need` where that cannot be told yet. */
  #believe(place: number, final: boolean): "yes" | "no" | "wait" {
    const first = this.#headerAt(place);
    if (first === undefined) {
      const cutShort = this.queue.length < place + this.#format.bytes && this.queue.byte(place) === 0xff;
      if (!cutShort || final) return "no";
      this.#need = place + this.#format.bytes;
      return "wait";
    }
    const chain = this.#key === undefined || this.#key === first.key ? 2 : NEW_KIND_CHAIN;
    let at = place;
    let header: Header | undefined = first;
    for (let links = 1; links < chain; links++) {
      at += header.length;
      if (this.queue.length < at + this.#format.bytes) {
        if (!final) {
          this.#need = at + this.#format.bytes;
          return "wait";
        }
        return this.queue.length === at ? "yes" : "no";
      }
      header = this.#headerAt(at);
      if (header === undefined || header.key !== first.key) return this.#tagAt(at) > 0 ? "yes" : "no";
    }
    return "yes";
  }

  /** The frame at the front: whole, cut by another one, or unfinished. */
  #frame(header: Header, final: boolean): Unit<Header> | undefined {
    const { queue } = this;
    const { length } = header;
    const position = queue.position;
    if (!final && queue.length < length + TAG_BYTES) return this.#wait(length + TAG_BYTES);
    const follower = this.#headerAt(length);
    const endsHere = queue.length >= length && queue.length < length + this.#format.bytes;
    if (follower?.key !== header.key && !endsHere && this.#tagAt(length) === 0) {
      for (let at = this.#format.bytes; at < Math.min(length, queue.length); at++) {
        if (this.#headerAt(at)?.key !== header.key) continue;
        const verdict = this.#believe(at, final);
        if (verdict === "wait") return undefined;
        if (verdict === "no") continue;
        queue.drop(at);
        return { kind: "cut", position, header, length: at };
      }
      if (queue.length < length) {
        const rest = queue.length;
        queue.drop(rest);
        return { kind: "unfinished", position, length: rest };
      }
    }
    const bytes = queue.view(length);
    queue.drop(length);
    return { kind: "frame", position, header, bytes };
  }
}

/** APEv2: a header (with flag 29) says how many bytes follow it, a footer how many stood before it. */
function apeTagBytes(byte: (at: number) => number): number {
  const magic = [3, 4, 5, 6, 7].every((at) => byte(at) === "APETAGEX".charCodeAt(at));
  if (!magic) return 0;
  const size = byte(12) + 256 * byte(13) + 65536 * byte(14) + 16777216 * byte(15);
  return APE_HEADER + ((byte(23) & 0x20) === 0 ? 0 : size);
}
