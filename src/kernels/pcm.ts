import { OrcaError } from "../errors.ts";
import type { Kernels } from "./kernels.ts";
import { SignalMeter } from "./signal-meter.ts";

export const PCM_ENCODINGS = ["u8", "s16", "s24", "s32", "f32", "f64", "s64"] as const;
export type PcmEncoding = (typeof PCM_ENCODINGS)[number];

const BYTES: Record<PcmEncoding, number> = { u8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8, s64: 8 };

/** Most channels in one stream that are taken; more is taken for a damaged header. */
export const MAX_CHANNELS = 256;

/** `mean` of all channels, or one of them, counted from 0. */
export type ChannelChoice = "mean" | number;

export interface PcmFormat {
  readonly encoding: PcmEncoding;
  readonly bigEndian: boolean;
  readonly channels: number;
}

/** Bytes of one sample of every channel. */
export function frameBytes(format: PcmFormat): number {
  return BYTES[format.encoding] * format.channels;
}

/** Samples of all channels that need saying; positions are frames (one sample of each channel) from the start. */
export interface SampleReport {
  /** NaN or infinite samples; each was taken as 0. */
  readonly nonFinite: number;
  /** Frame of the first of them, or undefined. */
  readonly firstNonFinite: number | undefined;
  /** Samples at or beyond full scale. */
  readonly clipped: number;
  /** Samples beyond 1, which only floats can be, and the largest magnitude of all. */
  readonly beyond: number;
  readonly peak: number;
}

/** A piece's own frames, and where counts of others go. */
interface Own {
  readonly from: number;
  readonly to: number;
  readonly elsewhere: number;
}

/** Throws `bad_option` where a channel is asked for that the audio does not have. */
export function checkChannel(channel: ChannelChoice, channels: number): void {
  if (channel === "mean" || (Number.isInteger(channel) && channel >= 0 && channel < channels)) return;
  throw new OrcaError("bad_option", `channel=${channel} was asked for, but the audio has ${channels} channel(s).`, {
    field: "channel",
    hint: `Use channel=mean or a number from 0 to ${channels - 1}.`,
  });
}

/** Frames converted at a time: bounds the memory, changes no number. */
const BLOCK_SAMPLES = 16384;

/**
 * Interleaved PCM bytes to mono float32 in [-1, 1). Integers are divided by half their range (s16 by 32768).
 * Bytes may be cut anywhere.
 */
export class PcmReader {
  readonly #kernels: Kernels;
  readonly #format: PcmFormat;
  readonly #channel: ChannelChoice;
  readonly #frameBytes: number;
  readonly #raw: number;
  readonly #samples: number;
  readonly #mono: number;
  readonly #tally: number;
  /** How the channels lie, and what is made of them. */
  readonly meter: SignalMeter;
  #held = 0;
  #frames = 0;
  #firstNonFinite: number | undefined;
  /** Of a piece: the frames that are its own. Those around them are read and not measured. */
  #own: Own | undefined;

  constructor(kernels: Kernels, format: PcmFormat, channel: ChannelChoice) {
    checkChannel(channel, format.channels);
    this.#kernels = kernels;
    this.#format = format;
    this.#channel = channel;
    this.#frameBytes = frameBytes(format);
    const block = Math.max(BLOCK_SAMPLES, format.channels);
    this.#raw = kernels.alloc(block, BYTES[format.encoding]);
    this.#samples = kernels.alloc(block, 4);
    this.#mono = format.channels === 1 ? this.#samples : kernels.alloc(block, 4);
    this.#tally = kernels.alloc(5, 4);
    this.meter = new SignalMeter(format.channels);
    kernels.uint32(this.#tally, 3)[1] = 0xffffffff;
  }

  /** Frames given out so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes of an unfinished frame; what they are at the end of the audio is lost. */
  get heldBytes(): number {
    return this.#held;
  }

  /** What comes next is frame `frame` of the recording, and of all that come those of `own` are measured. */
  enter(frame: number, own: { readonly from: number; readonly to: number }): void {
    this.#frames = frame;
    this.#own = { ...own, elsewhere: this.#kernels.alloc(5, 4) };
  }

  /** Yields mono samples; each view is good until the next step. */
  *push(bytes: Uint8Array): Generator<Float32Array<ArrayBuffer>> {
    const block = Math.max(1, Math.floor(BLOCK_SAMPLES / this.#format.channels));
    for (let at = 0; at < bytes.length; ) {
      const capacity = Math.min(block, this.#upToBorder()) * this.#frameBytes;
      const take = Math.min(bytes.length - at, capacity - this.#held);
      this.#kernels.bytes(this.#raw + this.#held, take).set(bytes.subarray(at, at + take));
      at += take;
      const have = this.#held + take;
      const frames = Math.floor(have / this.#frameBytes);
      const used = frames * this.#frameBytes;
      this.#held = have - used;
      if (frames === 0) continue;
      const rest = this.#held === 0 ? undefined : this.#kernels.bytes(this.#raw + used, this.#held).slice();
      this.#convert(frames);
      if (rest !== undefined) this.#kernels.bytes(this.#raw, rest.length).set(rest);
      yield this.#kernels.float32(this.#mono, frames);
    }
  }

  report(): SampleReport {
    const [nonFinite = 0, , clipped = 0, beyond = 0] = this.#kernels.uint32(this.#tally, 4);
    const [peak = 0] = this.#kernels.float32(this.#tally + 16, 1);
    return { nonFinite, firstNonFinite: this.#firstNonFinite, clipped, beyond, peak };
  }

  #convert(frames: number): void {
    const { run } = this.#kernels;
    const { encoding, channels, bigEndian } = this.#format;
    const count = frames * channels;
    const own = this.#own;
    const measured = own === undefined || (this.#frames >= own.from && this.#frames < own.to);
    const tally = measured ? this.#tally : own.elsewhere;
    if (bigEndian && encoding !== "u8") run.swapBytes(this.#raw, count, BYTES[encoding]);
    run.toFloat(PCM_ENCODINGS.indexOf(encoding), this.#raw, this.#samples, count, tally);
    const first = this.#kernels.uint32(this.#tally, 3)[1];
    if (first !== undefined && first !== 0xffffffff && this.#firstNonFinite === undefined) {
      this.#firstNonFinite = this.#frames + Math.floor(first / channels);
    }
    if (channels > 1) {
      if (this.#channel === "mean") run.meanChannels(this.#samples, this.#mono, frames, channels);
      else run.pickChannel(this.#samples, this.#mono, frames, channels, this.#channel);
    }
    if (measured) {
      this.meter.push(this.#kernels.float32(this.#samples, count), this.#kernels.float32(this.#mono, frames));
    }
    this.#frames += frames;
  }

  /** Frames up to where what is measured begins or ends. */
  #upToBorder(): number {
    const { from, to } = this.#own ?? { from: 0, to: Number.POSITIVE_INFINITY };
    if (this.#frames < from) return from - this.#frames;
    return this.#frames < to ? to - this.#frames : Number.POSITIVE_INFINITY;
  }

  /** What of the channels is given out. */
  get channel(): ChannelChoice {
    return this.#channel;
  }
}
