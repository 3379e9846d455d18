import { OrcaError } from "../errors.ts";
import { type ChannelChoice, checkRate, type Kernels, MAX_CHANNELS, PcmReader } from "../kernels/index.ts";
import { sampleFindings } from "./sample-findings.ts";
import type { AudioDecoder, AudioInfo, Finding, RawFormat } from "./types.ts";

/** Interleaved PCM without a header: the caller says what it is. */
export class RawDecoder implements AudioDecoder {
  readonly info: AudioInfo;
  readonly #reader: PcmReader;
  #bytes = 0;

  constructor(kernels: Kernels, format: RawFormat, channel: ChannelChoice) {
    checkRate(format.rate, "bad_option");
    if (!Number.isInteger(format.rate)) {
      throw new OrcaError("bad_option", `rate=${format.rate} is no whole number.`, {
        field: "rate",
        hint: "Give rate= as a whole number of hertz.",
      });
    }
    if (!Number.isInteger(format.channels) || format.channels < 1 || format.channels > MAX_CHANNELS) {
      throw new OrcaError("bad_option", `channels=${format.channels} is not a number from 1 to ${MAX_CHANNELS}.`, {
        field: "channels",
        hint: "Give the number of interleaved channels.",
      });
    }
    this.info = { container: "raw", ...format, declaredFrames: undefined };
    this.#reader = new PcmReader(kernels, format, channel);
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    this.#bytes += bytes.length;
    yield* this.#reader.push(bytes);
  }

  flush(): Iterable<Float32Array> {
    if (this.#reader.frames > 0) return [];
    throw new OrcaError("no_samples", `The input holds ${this.#bytes} byte(s), which is not one sample.`, {
      byteOffset: this.#bytes,
      hint: "Send raw samples, or check the encoding and the number of channels.",
    });
  }

  findings(): Finding[] {
    return sampleFindings(this.#reader, this.info.rate, this.#bytes);
  }
}
