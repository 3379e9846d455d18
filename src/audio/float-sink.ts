import { type ChannelChoice, checkChannel, type Kernels, PcmReader } from "../kernels/index.ts";
import { sampleFindings } from "./sample-findings.ts";
import type { AudioInfo, Finding } from "./types.ts";

/** Samples of each channel that are interleaved at a time. */
const BLOCK = 4096;

/** Channels in float32, each on its own, to mono samples: where the decoders of lossy codecs end. */
export class FloatSink {
  readonly #kernels: Kernels;
  readonly #channel: ChannelChoice;
  #reader: PcmReader | undefined;
  #scratch = new Float32Array(0);
  info: AudioInfo | undefined;

  constructor(kernels: Kernels, channel: ChannelChoice) {
    this.#kernels = kernels;
    this.#channel = channel;
  }

  /** What is to come. @returns whether it can go on behind what was: of the same rate, with as many channels */
  open(info: AudioInfo): boolean {
    if (this.info !== undefined) return this.info.rate === info.rate && this.info.channels === info.channels;
    checkChannel(this.#channel, info.channels);
    const { channels } = info;
    this.#reader = new PcmReader(this.#kernels, { encoding: "f32", bigEndian: false, channels }, this.#channel);
    this.#scratch = new Float32Array(BLOCK * channels);
    this.info = info;
    return true;
  }

  /** Samples given out, of each channel. */
  get samples(): number {
    return this.#reader?.frames ?? 0;
  }

  /** @param planes  the channels, of one length; what is not finite is taken as 0 and counted */
  *push(planes: readonly Float32Array[]): Generator<Float32Array> {
    const scratch = this.#scratch;
    const length = planes[0]?.length ?? 0;
    for (let from = 0; from < length; from += BLOCK) {
      const count = Math.min(BLOCK, length - from);
      for (const [channel, plane] of planes.entries()) {
        for (let i = 0, at = channel; i < count; i++, at += planes.length) scratch[at] = plane[from + i] as number;
      }
      yield* this.#give(count * planes.length);
    }
  }

  *silence(length: number): Generator<Float32Array> {
    const channels = this.info?.channels ?? 1;
    for (let left = length; left > 0; left -= BLOCK) {
      this.#scratch.fill(0);
      yield* this.#give(Math.min(BLOCK, left) * channels);
    }
  }

  /** What the samples themselves tell. @param end  offset of the end of the bytes */
  findings(end: number): Finding[] {
    if (this.#reader === undefined || this.info === undefined) return [];
    return sampleFindings(this.#reader, this.info.rate, end);
  }

  *#give(count: number): Generator<Float32Array> {
    if (this.#reader !== undefined) yield* this.#reader.push(new Uint8Array(this.#scratch.buffer, 0, count * 4));
  }
}
