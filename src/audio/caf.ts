import { OrcaError } from "../errors.ts";
import { frameBytes, type PcmEncoding, PcmReader } from "../kernels/index.ts";
import { ByteQueue } from "./byte-queue.ts";
import { cafCodec } from "./caf-codec.ts";
import { behind, type Description, describe, malformed } from "./caf-format.ts";
import { anotherFile, Tail } from "./data-size.ts";
import { MissingUnits, NO_SOUND } from "./filling.ts";
import { FindingList } from "./finding-list.ts";
import { LONGEST_INDEX } from "./mp4/index.ts";
import { sampleFindings } from "./sample-findings.ts";
import type { AudioDecoder, AudioInfo, CodedOptions, DecodeOptions, Finding } from "./types.ts";
import { Priming, type UnitCodec } from "./units.ts";

/** Apple Core Audio Format Specification 1.0: the file's header and a chunk's. */
const FILE_HEADER = 8;
const CHUNK_HEADER = 12;
const DESCRIPTION_BYTES = 32;
/** Packets, frames, priming and remainder, before the packets' sizes. */
const TABLE_HEADER = 24;
/** Bytes of a cookie. */
const LONGEST_COOKIE = 1 << 16;

/** Flags of linear PCM. */
const FLOAT = 1;
const LITTLE_ENDIAN = 2;

/** Bytes taken in at a time: bounds the memory, changes no number. */
const SLICE = 1 << 14;

/**
 * Core Audio files with PCM, AAC-LC or ALAC, as a stream. PCM needs nothing but its header; the others' table of packets
 * (pakt) must come before the sound, or be given.
 */
export class CafDecoder implements AudioDecoder {
  readonly #options: CodedOptions;
  readonly #queue = new ByteQueue();
  readonly #findings = new FindingList();
  readonly #missing = new MissingUnits();
  #received: number;
  #state: "file" | "chunk" | "collect" | "skip" | "edit" | "pcm" | "packets" | "tail" = "file";
  /** What is collected. */
  #kind = "";
  #left = 0;
  #description: Description | undefined;
  #cookie: Uint8Array = new Uint8Array(0);
  #cookieAt = 0;
  #table: Uint8Array | undefined;
  readonly #noIndex: boolean;
  #tableAt = TABLE_HEADER;
  #packets = 0;
  #reader: PcmReader | undefined;
  #swapped8 = false;
  #codec: UnitCodec | undefined;
  #priming = new Priming(0);
  #samples = 0;
  #startOfData = 0;
  #endOfData = 0;
  readonly #tail = new Tail();
  info: AudioInfo | undefined;

  /** @param behind  pakt's contents, where they stand behind the sound and could be read ahead, or that there are none */
  constructor(options: CodedOptions, { index, noIndex = false }: Pick<DecodeOptions, "index" | "noIndex"> = {}) {
    this.#options = options;
    this.#noIndex = noIndex;
    this.#received = options.start;
    this.#table = index?.bytes;
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    for (let at = 0; at < bytes.length; at += SLICE) {
      const part = bytes.subarray(at, at + SLICE);
      this.#queue.append(part, this.#received);
      this.#received += part.length;
      let stepped = true;
      while (stepped) stepped = yield* this.#step();
    }
  }

  flush(): Iterable<Float32Array> {
    const byteOffset = this.#received;
    if (this.info === undefined) {
      throw new OrcaError("audio_malformed", `The CAF file ended at byte ${byteOffset} before any sound (data).`, {
        byteOffset,
        hint: "The file was cut short.",
      });
    }
    const missing = this.#state === "pcm" && Number.isFinite(this.#left) ? this.#left : this.#packets;
    if (missing > 0) {
      const what = this.#codec === undefined ? "byte(s)" : "packet(s)";
      const message = `The header says ${missing} ${what} of sound more than came up to byte ${byteOffset}.`;
      this.#findings.add({ code: "truncated", message, lost: true, byteOffset, count: missing });
    }
    if (this.#state === "tail") {
      const seconds = this.#samples / this.info.rate;
      this.#findings.add(this.#tail.finding(byteOffset, (this.#endOfData - this.#startOfData) / seconds, true));
    }
    if (this.#samples === 0) {
      const hint = "The recording is empty.";
      throw new OrcaError("no_samples", `The CAF file has no whole sample up to byte ${byteOffset}.`, {
        byteOffset,
        hint,
      });
    }
    return [];
  }

  findings(): Finding[] {
    const { info } = this;
    const reader = this.#reader;
    return [
      ...this.#findings.all(),
      ...(this.#codec?.findings(this.#received) ?? []),
      ...(reader === undefined || info === undefined ? [] : sampleFindings(reader, info.rate, this.#endOfData)),
    ];
  }

  takeGap(): number {
    return this.#missing.takeGap();
  }

  *#step(): Generator<Float32Array, boolean> {
    const queue = this.#queue;
    switch (this.#state) {
      case "file":
        if (queue.length < FILE_HEADER) return false;
        queue.drop(FILE_HEADER);
        this.#state = "chunk";
        return true;
      case "chunk":
        return this.#chunk();
      case "collect":
        if (queue.length < this.#left) return false;
        this.#use(queue.view(this.#left).slice(), queue.sourceOf(queue.position));
        queue.drop(this.#left);
        this.#state = "chunk";
        return true;
      case "skip": {
        const count = Math.min(queue.length, this.#left);
        queue.drop(count);
        this.#left -= count;
        if (this.#left === 0) this.#state = "chunk";
        return this.#left === 0;
      }
      case "edit":
        if (queue.length < 4) return false;
        queue.drop(4);
        this.#left -= 4;
        this.#begin(queue.sourceOf(queue.position));
        return true;
      case "pcm":
        return yield* this.#pcm();
      case "packets":
        return yield* this.#packet(this.#codec as UnitCodec);
      case "tail":
        this.#tail.push(queue.view(queue.length));
        queue.drop(queue.length);
        return false;
    }
  }

  #chunk(): boolean {
    const queue = this.#queue;
    if (queue.length < CHUNK_HEADER) return false;
    const source = queue.sourceOf(queue.position);
    const head = queue.view(CHUNK_HEADER).slice();
    queue.drop(CHUNK_HEADER);
    const kind = String.fromCharCode(...head.subarray(0, 4));
    const size = Number(new DataView(head.buffer).getBigInt64(4));
    if (this.info !== undefined) return this.#behindSound(kind, size, head, source);
    // Only the sound, and it must be last, may have no size.
    if (size < 0 && kind !== "data") throw malformed(source, `a chunk of ${size} bytes`);
    this.#kind = kind;
    this.#left = size < 0 ? Number.POSITIVE_INFINITY : size;
    this.#state = size === 0 ? "chunk" : "skip";
    if (kind === "data" && size !== 0) {
      if (this.#left < 4) throw malformed(source, `sound of ${size} bytes`);
      this.#state = "edit";
    } else if (kind === "desc" && this.#description === undefined) this.#collect(size, DESCRIPTION_BYTES, 1024, source);
    else if (kind === "kuki") this.#collect(size, 0, LONGEST_COOKIE, source);
    else if (kind === "pakt" && this.#table === undefined) this.#collect(size, TABLE_HEADER, LONGEST_INDEX, source);
    return true;
  }

  /** What stands behind the sound: chunks, more sound, another file, or bytes that are none of these. */
  #behindSound(kind: string, size: number, head: Uint8Array, source: number): boolean {
    this.#left = size < 0 || kind === "caff" ? Number.POSITIVE_INFINITY : size;
    this.#state = size === 0 ? "chunk" : "skip";
    if (kind === "caff") this.#findings.addChunk(anotherFile(source));
    else if (kind === "data") {
      const message = `A second data chunk, at byte ${source}, was passed over.`;
      this.#findings.addChunk({ code: "second_data_chunk", message, lost: true, byteOffset: source });
    } else if (size < 0 || !/^[\x20-\x7e]{4}$/.test(kind)) {
      this.#tail.push(head);
      this.#state = "tail";
    }
    return true;
  }

  #collect(size: number, least: number, most: number, source: number): void {
    if (size < least || size > most) throw malformed(source, `a ${this.#kind} chunk of ${size} bytes`);
    this.#state = size === 0 ? "chunk" : "collect";
  }

  #use(bytes: Uint8Array, source: number): void {
    if (this.#kind === "desc") this.#description = describe(bytes, source);
    else if (this.#kind === "kuki") {
      this.#cookie = bytes;
      this.#cookieAt = source;
    } else this.#table = bytes;
  }

  /** The sound begins, at byte `source`. */
  #begin(source: number): void {
    const description = this.#description;
    if (description === undefined) throw malformed(source, "sound before its description (desc)");
    this.#startOfData = source;
    if (description.kind === "lpcm") this.#beginPcm(description, source);
    else this.#beginPackets(description, source);
  }

  #beginPcm({ rate, flags, channels, bits, packetBytes }: Description, source: number): void {
    const { kernels, channel } = this.#options;
    const width = channels > 0 ? packetBytes / channels : 0;
    const float = (flags & FLOAT) !== 0;
    const encodings: Readonly<Record<number, PcmEncoding>> = float
      ? { 4: "f32", 8: "f64" }
      : { 1: "u8", 2: "s16", 3: "s24", 4: "s32" };
    const encoding = encodings[width];
    if (encoding === undefined || bits > 8 * width) {
      throw new OrcaError("unsupported_encoding", `The CAF file holds ${bits}-bit samples in ${width} byte(s).`, {
        byteOffset: source,
        hint: "8 to 32-bit integers and 32 and 64-bit floats are read.",
      });
    }
    const bigEndian = (flags & LITTLE_ENDIAN) === 0;
    this.#reader = new PcmReader(kernels, { encoding, bigEndian, channels }, channel);
    // Whole numbers of a byte have a sign here.
    this.#swapped8 = encoding === "u8";
    const declaredFrames = Number.isFinite(this.#left)
      ? Math.floor(this.#left / frameBytes({ encoding, bigEndian, channels }))
      : undefined;
    this.info = { container: "caf", encoding, bigEndian, rate, channels, declaredFrames };
    this.#state = this.#left === 0 ? "chunk" : "pcm";
  }

  #beginPackets(description: Description, source: number): void {
    const codec = cafCodec(description, { bytes: this.#cookie, source: this.#cookieAt }, source, this.#options);
    const table = this.#table;
    if (table === undefined && this.#noIndex) throw malformed(source, "sound and no table of its packets (pakt)");
    if (table === undefined) throw behind(source);
    if (table.length < TABLE_HEADER) throw malformed(source, "a table of packets that is cut short");
    const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
    const [packets, frames] = [Number(view.getBigInt64(0)), Number(view.getBigInt64(8))];
    const priming = Math.max(0, view.getInt32(16));
    // No packet takes less than a byte of the table.
    this.#packets = Math.max(0, Math.min(packets, table.length - TABLE_HEADER));
    this.#codec = codec;
    this.#priming = new Priming(priming);
    this.info = {
      container: "caf",
      bigEndian: false,
      declaredFrames: frames > 0 ? frames : undefined,
      ...codec.info,
      ...(priming > 0 ? { priming } : {}),
    };
    this.#state = "packets";
  }

  *#pcm(): Generator<Float32Array, boolean> {
    const queue = this.#queue;
    const part = queue.view(Math.min(queue.length, this.#left));
    if (part.length === 0) return false;
    this.#left -= part.length;
    this.#endOfData = queue.sourceOf(queue.position) + part.length;
    for (const samples of this.#reader?.push(this.#swapped8 ? part.map((byte) => byte ^ 0x80) : part) ?? []) {
      this.#samples += samples.length;
      yield samples;
    }
    queue.drop(part.length);
    if (this.#left === 0) this.#state = "chunk";
    return this.#left === 0;
  }

  *#packet(codec: UnitCodec): Generator<Float32Array, boolean> {
    const queue = this.#queue;
    const before = this.#tableAt;
    const size = this.#packets > 0 ? this.#nextSize() : 0;
    if (this.#packets === 0) {
      this.#state = this.#left === 0 ? "chunk" : "skip";
      return true;
    }
    const source = queue.sourceOf(queue.position);
    const sound = size > 0 && size <= codec.longest && size <= this.#left;
    if (sound && queue.length < size) {
      this.#tableAt = before;
      return false;
    }
    this.#packets--;
    if (!sound) {
      // Where the following ones begin is told by the sizes alone.
      if (size > this.#left) this.#packets = 0;
      if (this.#missing.miss(codec.unitSamples / codec.info.rate)) {
        yield* this.#give(codec.conceal(source, `its size is ${size} bytes`));
      } else yield NO_SOUND;
      if (size > 0) this.#skipAhead(Math.min(size, this.#left));
      return true;
    }
    const gap = this.#missing.found(source, this.#samples / codec.info.rate);
    if (gap !== undefined) this.#findings.addChunk(gap);
    const bytes = queue.view(size).slice();
    queue.drop(size);
    this.#left -= size;
    this.#endOfData = source + size;
    yield* this.#give(codec.decode(bytes, source));
    return true;
  }

  /** Passes over a packet that is too long to be one: what has come of it, and the rest as a chunk's. */
  #skipAhead(count: number): void {
    const there = Math.min(count, this.#queue.length);
    this.#queue.drop(there);
    this.#left -= there;
    if (there < count) {
      this.#packets = 0;
      this.#state = "skip";
    }
  }

  *#give(parts: Iterable<Float32Array>): Generator<Float32Array> {
    for (const part of this.#priming.cut(parts)) {
      this.#samples += part.length;
      yield part;
    }
  }

  /** The next packet's bytes: seven bits in each byte of the table, the highest set in all but the last. */
  #nextSize(): number {
    const table = this.#table as Uint8Array;
    let size = 0;
    for (let count = 0; count < 5 && this.#tableAt < table.length; count++) {
      const part = table[this.#tableAt++] as number;
      size = size * 128 + (part & 127);
      if (part < 128) return size;
    }
    this.#packets = 0;
    return 0;
  }
}
