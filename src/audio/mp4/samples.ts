import { type Box, boxesIn, findBox } from "./boxes.ts";

/** Where a unit of the codec stands in the file. */
export interface Sample {
  readonly offset: number;
  readonly size: number;
}

/** A file's units in their order. */
export interface Samples {
  next(): Sample | undefined;
  /** Those that have not been given. */
  readonly left: number;
}

/** Box version and flags. */
const FULL = 4;

/** The tables of a track (stsz, stsc, stco or co64), as they stand in the file: ISO/IEC 14496-12:2015, 8.7. */
export class SampleTable implements Samples {
  readonly #view: DataView;
  /** Where the sizes stand; the size of all where it is one. */
  readonly #sizes: number;
  readonly #size: number;
  readonly #count: number;
  readonly #runs: Box;
  readonly #offsets: Box;
  readonly #wide: boolean;
  #given = 0;
  #chunk = 0;
  #run = 0;
  /** Units of the chunk that are still to come, and where the next of them stands. */
  #inChunk = 0;
  #offset = 0;

  /** @param stbl  where a table is missing in it, there are no units */
  constructor(bytes: Uint8Array, stbl: Box) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const none = { type: "", start: 0, end: 0 };
    const sizes = findBox(bytes, stbl, "stsz") ?? none;
    const wide = findBox(bytes, stbl, "co64");
    this.#wide = wide !== undefined;
    this.#offsets = wide ?? findBox(bytes, stbl, "stco") ?? none;
    this.#runs = findBox(bytes, stbl, "stsc") ?? none;
    const there = sizes.end - sizes.start >= FULL + 8;
    this.#size = there ? this.#view.getUint32(sizes.start + FULL) : 0;
    const said = there ? this.#view.getUint32(sizes.start + FULL + 4) : 0;
    this.#sizes = sizes.start + FULL + 8;
    this.#count = this.#size > 0 ? said : Math.min(said, Math.floor(Math.max(0, sizes.end - this.#sizes) / 4));
  }

  get left(): number {
    return this.#count - this.#given;
  }

  next(): Sample | undefined {
    if (this.#given >= this.#count) return undefined;
    if (this.#inChunk === 0 && !this.#nextChunk()) {
      return undefined;
    }
    const size = this.#size > 0 ? this.#size : this.#view.getUint32(this.#sizes + 4 * this.#given);
    const sample = { offset: this.#offset, size };
    this.#given++;
    this.#inChunk--;
    this.#offset += size;
    return sample;
  }

  #nextChunk(): boolean {
    const { start, end } = this.#offsets;
    const width = this.#wide ? 8 : 4;
    const at = start + FULL + 4 + width * this.#chunk;
    if (at + width > end) return false;
    this.#offset = this.#wide ? Number(this.#view.getBigUint64(at)) : this.#view.getUint32(at);
    this.#chunk++;
    // Runs of chunks with as many units each: the first chunk's number, counted from 1, and how many.
    const run = (place: number) => this.#runs.start + FULL + 4 + 12 * place;
    while (run(this.#run + 1) + 12 <= this.#runs.end && this.#view.getUint32(run(this.#run + 1)) <= this.#chunk) {
      this.#run++;
    }
    if (run(this.#run) + 12 > this.#runs.end) return false;
    this.#inChunk = this.#view.getUint32(run(this.#run) + 4);
    return this.#inChunk > 0;
  }
}

/** Units of one fragment of which nothing is said each: a long one has as many. */
const MOST_UNSAID = 1 << 16;

/** Units that fragments bring: ISO/IEC 14496-12:2015, 8.8. */
export class FragmentSamples implements Samples {
  /** What the index itself names: files whose first part is no fragment. */
  readonly #first: Samples;
  readonly #track: number;
  readonly #usualSize: number;
  #waiting: Sample[] = [];
  /** Units of the fragment of which nothing need be said each. */
  #unsaid = 0;
  #at = 0;

  /** @param usualSize  trex's, where fragments do not say any */
  constructor(first: Samples, track: number, usualSize: number) {
    this.#first = first;
    this.#track = track;
    this.#usualSize = usualSize;
  }

  get left(): number {
    return this.#first.left + this.#waiting.length - this.#at;
  }

  next(): Sample | undefined {
    const first = this.#first.next();
    if (first !== undefined || this.#at >= this.#waiting.length) return first;
    return this.#waiting[this.#at++];
  }

  /** @param moof  the box's contents. @param source  offset of the box in the file */
  add(moof: Uint8Array, source: number): void {
    this.#unsaid = MOST_UNSAID;
    this.#waiting = this.#waiting.slice(this.#at);
    this.#at = 0;
    const view = new DataView(moof.buffer, moof.byteOffset, moof.byteLength);
    for (const traf of boxesIn(moof, 0, moof.length)) {
      const header = traf.type === "traf" ? findBox(moof, traf, "tfhd") : undefined;
      if (header === undefined || header.end - header.start < 8) continue;
      if (view.getUint32(header.start + 4) !== this.#track) continue;
      const flags = view.getUint32(header.start) & 0xffffff;
      const read = new Fields(view, header.start + 8, header.end);
      let offset = flags & 1 ? read.long() : source;
      const base = offset;
      if (flags & 2) read.word();
      if (flags & 8) read.word();
      const usual = flags & 0x10 ? read.word() : this.#usualSize;
      for (const trun of boxesIn(moof, traf.start, traf.end)) {
        if (trun.type === "trun") offset = this.#addRun(new Fields(view, trun.start, trun.end), base, offset, usual);
      }
    }
  }

  #addRun(read: Fields, base: number, from: number, usual: number): number {
    const flags = read.word() & 0xffffff;
    const count = read.word();
    let offset = flags & 1 ? base + (read.word() | 0) : from;
    if (flags & 4) read.word();
    const fields = [0x100, 0x400, 0x800].filter((flag) => flags & flag).length;
    // Where something is said of each of them, the bytes bound their number.
    const most = flags & 0xf00 ? count : Math.min(count, this.#unsaid);
    if ((flags & 0xf00) === 0) this.#unsaid -= most;
    for (let i = 0; i < most && read.left >= 4 * fields; i++) {
      if (flags & 0x100) read.word();
      if (flags & 0x200 && read.left < 4) break;
      const size = flags & 0x200 ? read.word() : usual;
      if (flags & 0x400) read.word();
      if (flags & 0x800) read.word();
      this.#waiting.push({ offset, size });
      offset += size;
    }
    return offset;
  }
}

/** Numbers one after the other; 0 beyond the end. */
class Fields {
  readonly #view: DataView;
  #at: number;
  readonly #end: number;

  constructor(view: DataView, at: number, end: number) {
    this.#view = view;
    this.#at = at;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  word(): number {
    this.#at += 4;
    return this.#at <= this.#end ? this.#view.getUint32(this.#at - 4) : 0;
  }

  long(): number {
    return this.word() * 2 ** 32 + this.word();
  }
}
