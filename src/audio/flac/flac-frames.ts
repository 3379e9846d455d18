import { OrcaError } from "../../errors.ts";
import type { StreamInfo } from "./stream-info.ts";

/** The exports of assembly/flac/index.ts. */
interface FlacExports {
  readonly memory: WebAssembly.Memory;
  readonly blockSize: WebAssembly.Global;
  readonly variableBlocks: WebAssembly.Global;
  open(channels: number, bits: number, largestBlock: number, capacity: number): void;
  input(): number;
  output(): number;
  decode(offset: number, bytes: number): number;
  sampleNumber(): number;
  taken(): number;
}

const NEEDS_MORE = 0;
const NO_HEADER = -1;
const REASONS = new Map([
  [NEEDS_MORE, "it has no end"],
  [NO_HEADER, "its header is damaged"],
  [-2, "it is of a kind that there is not"],
  [-3, "its checksum is another"],
]);

/** What comes next in the bytes; `source` is its offset in the file. */
export type FlacUnit =
  | {
      readonly kind: "frame";
      readonly source: number;
      /** Samples of each channel. */
      readonly length: number;
      /** The frame's number, or with `variable` its first sample's. */
      readonly number: number;
      readonly variable: boolean;
      /** Interleaved little-endian PCM, good until the next call. */
      readonly pcm: Uint8Array;
    }
  /** Bytes of no sound frame. `cut` says that they are a frame's beginning, at the end of the bytes. */
  | {
      readonly kind: "garbage";
      readonly source: number;
      readonly length: number;
      readonly reason: string;
      cut: boolean;
    }
  /** Another FLAC stream begins where a frame could. */
  | { readonly kind: "marker" }
  /** Much was tried without finding anything yet. */
  | { readonly kind: "vain" };

/** Bytes that are taken in at a time. */
const ROOM = 1 << 16;

/**
 * Bytes that may be decoded in vain: so many times the bytes that came, and this much from the start. Without damage made
 * to measure it is a frame for each damaged one; with it, each byte could seem to begin a frame of 2 MB.
 */
const VAIN_SHARE = 32;
const VAIN_START = 1 << 26;

/** After so many bytes in vain others may have their turn: some milliseconds. */
const VAIN_STEP = 1 << 20;

/** Bytes of a PCM sample of so many bits. */
export function sampleBytes(bits: number): 2 | 3 | 4 {
  return bits <= 16 ? 2 : bits <= 24 ? 3 : 4;
}

/**
 * Finds and decodes FLAC frames. The bytes wait in the module's memory. A frame is one when its checksums are right; it is
 * given as soon as its last byte is there, and cuts in the input change nothing.
 */
export class FlacFrames {
  readonly #run: FlacExports;
  readonly #info: StreamInfo;
  readonly #bytes: Uint8Array;
  /** No frame is longer: what a frame without compression takes, doubled, or what STREAMINFO says. */
  readonly #limit: number;
  #start = 0;
  #end = 0;
  /** Offset in the file of byte 0 of `#bytes`. */
  #source: number;
  #garbage = 0;
  #reason = "";
  #cut = false;
  /** So many bytes must be there before the next try. */
  #need = 1;
  #vain = 0;
  #told = 0;

  /** @param source  offset in the file of the first byte to come */
  constructor(module: WebAssembly.Module, info: StreamInfo, source: number) {
    this.#run = new WebAssembly.Instance(module, {}).exports as unknown as FlacExports;
    this.#info = info;
    const plain = Math.ceil((info.largestBlock * info.channels * (info.bits + 1)) / 8);
    this.#limit = Math.max(2 * plain, Math.min(info.largestFrame, 8 * plain)) + 64;
    this.#run.open(info.channels, info.bits, info.largestBlock, this.#limit + ROOM);
    this.#bytes = new Uint8Array(this.#run.memory.buffer, this.#run.input(), this.#limit + ROOM);
    this.#source = source;
  }

  /** Forgets all bytes: those to come stand at `source`. */
  restart(source: number): void {
    this.#start = 0;
    this.#end = 0;
    this.#source = source;
    this.#garbage = 0;
    this.#need = 1;
  }

  /** Takes the first of `bytes`. @returns how many */
  append(bytes: Uint8Array): number {
    const take = Math.min(bytes.length, ROOM);
    if (this.#end + take > this.#bytes.length) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
      this.#source += this.#start;
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.#bytes.set(bytes.subarray(0, take), this.#end);
    this.#end += take;
    return take;
  }

  /** What waits, for another stream's parser. */
  rest(): Uint8Array {
    return this.#bytes.slice(this.#start, this.#end);
  }

  /** The next unit, or undefined where more bytes are needed; `final` says that there are no more. */
  next(final: boolean): FlacUnit | undefined {
    for (;;) {
      const waiting = this.#end - this.#start;
      if (waiting === 0) return final ? this.#takeGarbage() : undefined;
      if (waiting < this.#need && !final) return undefined;
      if (this.#garbage === 0 && this.#bytes[this.#start] === 0x66) {
        if (waiting < 4 && !final) return this.#wait(4);
        if (String.fromCharCode(...this.#bytes.subarray(this.#start, this.#start + 4)) === "fLaC") {
          return { kind: "marker" };
        }
      }
      const length = this.#run.decode(this.#start, waiting);
      if (length > 0) return this.#takeGarbage() ?? this.#frame(length);
      if (length === NEEDS_MORE && waiting < this.#limit && !final)
        return this.#wait(waiting + Math.max(16, waiting >> 3));
      this.#fail(length, final);
      if (this.#vain - this.#told < VAIN_STEP) continue;
      this.#told = this.#vain;
      return { kind: "vain" };
    }
  }

  #wait(bytes: number): undefined {
    this.#need = bytes;
  }

  #frame(length: number): FlacUnit {
    const run = this.#run;
    const source = this.#source + this.#start;
    this.#start += length;
    this.#need = 1;
    const samples = run.blockSize.value as number;
    const size = samples * this.#info.channels * sampleBytes(this.#info.bits);
    return {
      kind: "frame",
      source,
      length: samples,
      number: run.sampleNumber(),
      variable: run.variableBlocks.value !== 0,
      pcm: new Uint8Array(run.memory.buffer, run.output(), size),
    };
  }

  /** No frame begins at the front: on to the next place where one may. */
  #fail(status: number, final: boolean): void {
    this.#vain += this.#run.taken();
    if (this.#vain > VAIN_START + VAIN_SHARE * (this.#source + this.#start)) {
      const byteOffset = this.#source + this.#start;
      throw new OrcaError("audio_malformed", `Up to byte ${byteOffset} nearly nothing is a whole FLAC frame.`, {
        byteOffset,
        hint: "The file is damaged throughout.",
      });
    }
    if (this.#garbage === 0) {
      this.#reason = REASONS.get(status) ?? `status ${status}`;
      this.#cut = status === NEEDS_MORE && final;
    }
    const bytes = this.#bytes;
    let at = this.#start + 1;
    while (at < this.#end && !(bytes[at] === 0xff && (at + 1 === this.#end || ((bytes[at + 1] ?? 0) & 0xfe) === 0xf8)))
      at++;
    this.#garbage += at - this.#start;
    this.#start = at;
    this.#need = 2;
  }

  #takeGarbage(): FlacUnit | undefined {
    if (this.#garbage === 0) return undefined;
    const length = this.#garbage;
    this.#garbage = 0;
    const source = this.#source + this.#start - length;
    return { kind: "garbage", source, length, reason: this.#reason, cut: this.#cut };
  }
}
