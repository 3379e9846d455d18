import { OrcaError } from "../../errors.ts";
import { type ChannelChoice, checkChannel, SignalMeter } from "../../kernels/index.ts";
import { gapFinding, LONGEST_FILL } from "../filling.ts";
import type { FindingLog } from "../finding-log.ts";
import { FrameFinder, type Unit } from "../frame-finder.ts";
import { signalFindings } from "../signal-findings.ts";
import type { AudioInfo, Finding } from "../types.ts";
import { ADTS, type AdtsHeader } from "./adts-header.ts";
import { BlockDecoder } from "./block-decoder.ts";
import { isUnsupported, OK, reasonOf } from "./status.ts";
import { BLOCK_SAMPLES } from "./types.ts";

/** Bytes handed to the framer at a time: bounds the memory, changes no number. */
const SLICE = 1 << 14;

/** So many first blocks of a kind that is not read are taken as the stream's kind, not as damage. */
const UNSUPPORTED_BLOCKS = 4;

const HINT = "Read are AAC-LC streams, mono or stereo. Convert with: ffmpeg -i INPUT -c:a flac OUTPUT.flac";

/** Says how many blocks of silence to put in before the frame at `position`, when `samples` have been given out. */
export type BeforeFrame = (position: number, samples: number) => number;

export interface AacStreamOptions {
  /** build/aac.wasm, compiled. */
  readonly module: WebAssembly.Module;
  readonly channel: ChannelChoice;
  readonly container: "adts" | "mpeg-ts";
  readonly log: FindingLog;
  /** Where the container has time stamps; otherwise lost frames are estimated from the bytes they took. */
  readonly beforeFrame?: BeforeFrame;
}

/** An ADTS stream to mono samples; every block gives 1024, whole or damaged. */
export class AacStream {
  readonly #options: AacStreamOptions;
  readonly #framer = new FrameFinder(ADTS);
  #decoder: BlockDecoder | undefined;
  #header: AdtsHeader | undefined;
  /** Blocks that came before it was known how many channels there are. */
  #pending = 0;
  /** Samples given out. */
  #samples = 0;
  #frames = 0;
  #frameBytes = 0;
  #good = 0;
  #unsupported: { readonly status: number; readonly byteOffset: number; count: number } | undefined;
  #replication = false;
  #meter: SignalMeter | undefined;
  /** Seconds that were left out before what is to come. */
  #gap = 0;
  info: AudioInfo | undefined;

  constructor(options: AacStreamOptions) {
    this.#options = options;
  }

  /** Hz; known from the first frame on. */
  get rate(): number {
    return this.#header?.rate ?? 0;
  }

  /** Samples given out. */
  get samples(): number {
    return this.#samples;
  }

  /** See AudioDecoder. */
  takeGap(): number {
    const gap = this.#gap;
    this.#gap = 0;
    return gap;
  }

  /** Position that the next byte pushed will have. */
  get position(): number {
    return this.#framer.queue.position + this.#framer.queue.length;
  }

  /** @param source  offset of the first byte in the file */
  *push(bytes: Uint8Array, source: number): Generator<Float32Array> {
    for (let at = 0; at < bytes.length; at += SLICE) {
      this.#framer.queue.append(bytes.subarray(at, at + SLICE), source + at);
      yield* this.#drain(false);
    }
  }

  /** Bytes are missing here: gives what can be decoded so far and begins anew at the next frame. */
  *interrupt(): Generator<Float32Array> {
    for (let unit = this.#framer.next(true); unit?.kind === "frame"; unit = this.#framer.next(true)) {
      yield* this.#frame(unit.header, unit.bytes, unit.position);
    }
    this.#framer.interrupt();
  }

  /** The end of the bytes. Throws where there was no audio. */
  *flush(): Generator<Float32Array> {
    yield* this.#drain(true);
    if (this.#good > 0) return;
    // One frame among damaged ones proves nothing.
    if (this.#unsupported?.count === this.#frames) throw this.#unsupportedError(this.#unsupported);
    const found = this.#frames === 0 ? "no AAC frame was found" : `none of ${this.#frames} AAC frame(s) can be decoded`;
    throw new OrcaError("no_samples", `In ${this.#source(this.position)} byte(s) ${found}.`, {
      byteOffset: 0,
      hint: "The stream is damaged or encrypted, too short, or it is not AAC.",
    });
  }

  *#drain(final: boolean): Generator<Float32Array> {
    for (let unit = this.#framer.next(final); unit !== undefined; unit = this.#framer.next(final)) {
      yield* this.#unit(unit);
    }
  }

  *#unit(unit: Unit<AdtsHeader>): Generator<Float32Array> {
    const byteOffset = this.#source(unit.position);
    switch (unit.kind) {
      case "frame":
        yield* this.#frame(unit.header, unit.bytes, unit.position);
        break;
      case "cut":
        yield* this.#before(unit.position);
        yield* this.#silence(unit.header.blocks, byteOffset, `the next frame begins after ${unit.length} byte(s)`);
        break;
      case "garbage":
        yield* this.#garbage(unit.length, byteOffset);
        break;
      case "unfinished": {
        const message = `The last AAC frame ends after ${unit.length} byte(s); it was dropped.`;
        this.#options.log.add({ code: "truncated", message, lost: true, byteOffset, count: unit.length });
      }
    }
  }

  *#frame(header: AdtsHeader, bytes: Uint8Array, position: number): Generator<Float32Array> {
    const byteOffset = this.#source(position);
    if (header.key !== this.#header?.key) this.#begin(header, byteOffset);
    yield* this.#before(position);
    this.#frames++;
    this.#frameBytes += header.length;
    const decoder = this.#decoder;
    if (decoder === undefined) return;
    decoder.open(bytes, header.headerLength);
    for (let block = 0; block < header.blocks; block++) {
      const status = decoder.decode(header.channels === 0 ? (this.info?.channels ?? 0) : header.channels);
      if (status !== OK) {
        this.#countUnsupported(status, byteOffset);
        // Where the following blocks of this frame begin is not known.
        yield* this.#silence(header.blocks - block, byteOffset, reasonOf(status));
        return;
      }
      if (header.blockChecksums) decoder.skipChecksum();
      if (decoder.replication) this.#noteReplication(byteOffset);
      this.#good++;
      if (this.info === undefined) yield* this.#learnChannels(decoder.channels);
      yield this.#give(decoder);
    }
  }

  /** The first frame, or one of another kind than those before. */
  #begin(header: AdtsHeader, byteOffset: number): void {
    const { log, channel } = this.#options;
    const before = this.#header;
    if (header.profile !== "LC") throw unsupported(`AAC ${header.profile}`, byteOffset);
    if (header.channels > 2) throw unsupported(`AAC of channel configuration ${header.channels}`, byteOffset);
    if (before !== undefined && before.rate !== header.rate) {
      throw unsupported(`AAC that changes from ${before.rate} to ${header.rate} Hz`, byteOffset);
    }
    this.#header = header;
    if (this.#decoder === undefined) {
      this.#decoder = new BlockDecoder(this.#options.module, header.rateIndex);
      log.setRate(header.rate);
    }
    if (header.channels === 0) return;
    checkChannel(channel, header.channels);
    if (before === undefined) this.#setInfo(header.channels);
    else if (before.channels !== header.channels) {
      const message = `From byte ${byteOffset} on there are ${header.channels} channel(s), not ${before.channels}.`;
      log.add({ code: "channels_changed", message, lost: false, byteOffset, seconds: this.#samples / header.rate });
      this.#decoder.reset();
    }
  }

  #setInfo(channels: number): void {
    const { container } = this.#options;
    const { rate } = this;
    this.info = { container, encoding: "aac-lc", bigEndian: false, rate, channels, declaredFrames: undefined };
  }

  /** With channel configuration 0 only the first good block tells. Its block is kept while silence goes before it. */
  *#learnChannels(channels: number): Generator<Float32Array> {
    checkChannel(this.#options.channel, channels);
    this.#setInfo(channels);
    const silence = new Float32Array(BLOCK_SAMPLES);
    for (; this.#pending > 0; this.#pending--) {
      this.#samples += BLOCK_SAMPLES;
      yield silence;
    }
  }

  #give(decoder: BlockDecoder): Float32Array {
    this.#samples += BLOCK_SAMPLES;
    const { channels = 1 } = this.info ?? {};
    this.#meter ??= new SignalMeter(channels);
    for (let channel = 0; channel < channels; channel++) this.#meter.pushOne(channel, decoder.samples(channel));
    const signal = decoder.samples(this.#options.channel);
    this.#meter.pushOne("signal", signal);
    return signal;
  }

  /** What the signal as a whole tells. */
  findings(): Finding[] {
    return this.#meter === undefined ? [] : signalFindings(this.#meter, this.rate, this.#options.channel);
  }

  *#before(position: number): Generator<Float32Array> {
    const blocks = this.#options.beforeFrame?.(position, this.#samples) ?? 0;
    if (this.info !== undefined) yield* this.#conceal(blocks);
  }

  *#silence(blocks: number, byteOffset: number, reason: string): Generator<Float32Array> {
    for (let block = 0; block < blocks; block++) {
      const sample = this.#samples + (this.#pending + block) * BLOCK_SAMPLES;
      this.#options.log.damagedBlock(
        this.info === undefined ? sample : this.#samples,
        BLOCK_SAMPLES,
        byteOffset,
        reason,
      );
      if (this.info !== undefined) yield* this.#conceal(1);
    }
    if (this.info === undefined) this.#pending += blocks;
  }

  *#conceal(blocks: number): Generator<Float32Array> {
    for (let block = 0; block < blocks && this.#decoder !== undefined; block++) {
      this.#decoder.conceal();
      yield this.#give(this.#decoder);
    }
  }

  /** Bytes of no frame between frames: with time stamps the clock tells what they were worth, without it their number. */
  *#garbage(length: number, byteOffset: number): Generator<Float32Array> {
    const { log, beforeFrame } = this.#options;
    const estimate = beforeFrame === undefined && this.#frames > 0 && this.info !== undefined;
    const worth = estimate ? Math.max(1, Math.round((length * this.#frames) / this.#frameBytes)) : 0;
    const missing = (worth * BLOCK_SAMPLES) / this.rate;
    const blocks = missing > LONGEST_FILL ? 0 : worth;
    if (missing > LONGEST_FILL) {
      this.#gap += missing;
      log.add(gapFinding("frame", byteOffset + length, missing, this.#samples / this.rate));
    }
    const stands = blocks > 0 ? `; ${blocks} block(s) of silence, by their number, stand for them` : "";
    log.add({
      code: "lost_sync",
      message: `${length} byte(s) from byte ${byteOffset} are of no AAC frame${stands}.`,
      lost: this.#frames > 0,
      byteOffset,
      count: length,
    });
    yield* this.#conceal(blocks);
  }

  #countUnsupported(status: number, byteOffset: number): void {
    if (!isUnsupported(status) || this.#good > 0) return;
    this.#unsupported ??= { status, byteOffset, count: 0 };
    if (++this.#unsupported.count >= UNSUPPORTED_BLOCKS) throw this.#unsupportedError(this.#unsupported);
  }

  #unsupportedError({ status, byteOffset }: { status: number; byteOffset: number }): OrcaError {
    return new OrcaError(
      "unsupported_encoding",
      `The AAC frame at byte ${byteOffset} is of a kind that is not read: ${reasonOf(status)}.`,
      { byteOffset, hint: HINT },
    );
  }

  #noteReplication(byteOffset: number): void {
    if (this.#replication) return;
    this.#replication = true;
    const { rate } = this;
    const message =
      `This is HE-AAC: its spectral band replication data (byte ${byteOffset}) was left aside. ` +
      `The LC core was decoded, at ${rate} Hz; the band above ${rate / 2} Hz, which a decoder would make up, is not there.`;
    this.#options.log.add({ code: "core_only", message, lost: false, byteOffset });
  }

  #source(position: number): number {
    return this.#framer.queue.sourceOf(position);
  }
}

function unsupported(what: string, byteOffset: number): OrcaError {
  return new OrcaError("unsupported_encoding", `This is ${what} (byte ${byteOffset}), which is not read.`, {
    byteOffset,
    hint: HINT,
  });
}
