import type { ChannelChoice } from "../../kernels/index.ts";
import { LARGEST_FRAME } from "./adts-header.ts";
import { BLOCK_SAMPLES } from "./types.ts";

/** The exports of assembly/aac/index.ts that a decoder needs; addresses are bytes in `memory`. */
interface AacExports {
  readonly memory: WebAssembly.Memory;
  setRate(samplingFrequencyIndex: number): void;
  input(): number;
  open(bytes: number, header: number): void;
  decode(expected: number): number;
  skipBits(bits: number): void;
  conceal(): void;
  reset(): void;
  samples(channel: number): number;
  channelCount(): number;
  sbrSeen(): number;
}

/** AAC blocks to mono samples: one instance of the AAC module. Its memory does not grow after it was made. */
export class BlockDecoder {
  readonly #run: AacExports;
  readonly #input: Uint8Array;

  /**
   * @param module  build/aac.wasm, compiled
   * @param rateIndex  samplingFrequencyIndex, 0 to 12
   */
  constructor(module: WebAssembly.Module, rateIndex: number) {
    this.#run = new WebAssembly.Instance(module, {}).exports as unknown as AacExports;
    this.#run.setRate(rateIndex);
    this.#input = new Uint8Array(this.#run.memory.buffer, this.#run.input(), LARGEST_FRAME);
  }

  /** Takes a frame; its first block begins at byte `headerLength`. */
  open(frame: Uint8Array, headerLength: number): void {
    this.#input.set(frame);
    this.#run.open(frame.length, headerLength);
  }

  /**
   * Decodes the next block of the frame.
   * @param channels  1, 2, or 0 for as many as there are
   * @returns a status: see status.ts
   */
  decode(channels: number): number {
    return this.#run.decode(channels);
  }

  skipChecksum(): void {
    this.#run.skipBits(16);
  }

  /** In place of a block: what the last one left, fading out, and silence. */
  conceal(): void {
    this.#run.conceal();
  }

  /** What comes next does not follow on what was: nothing is left over from it. */
  reset(): void {
    this.#run.reset();
  }

  /** 1024 samples, good until the next call. */
  samples(channel: ChannelChoice): Float32Array<ArrayBuffer> {
    const at = this.#run.samples(channel === "mean" ? -1 : channel);
    return new Float32Array(this.#run.memory.buffer as ArrayBuffer, at, BLOCK_SAMPLES);
  }

  /** Channels of the last block. */
  get channels(): number {
    return this.#run.channelCount();
  }

  /** Whether the last block had spectral band replication data. */
  get replication(): boolean {
    return this.#run.sbrSeen() !== 0;
  }
}
