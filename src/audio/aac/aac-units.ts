import { OrcaError } from "../../errors.ts";
import { type ChannelChoice, checkChannel, SignalMeter } from "../../kernels/index.ts";
import { FindingLog } from "../finding-log.ts";
import { signalFindings } from "../signal-findings.ts";
import type { Finding } from "../types.ts";
import type { UnitCodec } from "../units.ts";
import { LARGEST_FRAME } from "./adts-header.ts";
import type { AacConfig } from "./audio-specific-config.ts";
import { BlockDecoder } from "./block-decoder.ts";
import { isUnsupported, OK, reasonOf } from "./status.ts";
import { BLOCK_SAMPLES } from "./types.ts";

/** So many first units of a kind that is not read are taken as the stream's kind, not as damage. */
const UNSUPPORTED_UNITS = 4;

/** AAC access units as MP4 and CAF hold them: one block of 1024 samples each, without a header. */
export class AacUnits implements UnitCodec {
  readonly info: UnitCodec["info"];
  readonly unitSamples = BLOCK_SAMPLES;
  readonly longest = LARGEST_FRAME;
  readonly #decoder: BlockDecoder;
  readonly #channel: ChannelChoice;
  readonly #meter: SignalMeter;
  readonly #log = new FindingLog("AAC block");
  #samples = 0;
  #good = 0;
  #unsupported = 0;
  #replication = false;

  /** @param channels  by the container, where the configuration leaves them open */
  constructor(module: WebAssembly.Module, config: AacConfig, channels: number, channel: ChannelChoice) {
    const count = config.channels === 0 ? Math.min(2, Math.max(1, channels)) : config.channels;
    checkChannel(channel, count);
    this.info = { encoding: "aac-lc", rate: config.rate, channels: count };
    this.#decoder = new BlockDecoder(module, config.rateIndex);
    this.#channel = channel;
    this.#meter = new SignalMeter(count);
    this.#log.setRate(config.rate);
  }

  *decode(unit: Uint8Array, byteOffset: number): Generator<Float32Array> {
    this.#decoder.open(unit, 0);
    const status = this.#decoder.decode(this.info.channels);
    if (status !== OK) {
      this.#countUnsupported(status, byteOffset);
      yield* this.conceal(byteOffset, reasonOf(status));
      return;
    }
    this.#good++;
    if (this.#decoder.replication && !this.#replication) this.#noteReplication(byteOffset);
    yield this.#give();
  }

  *conceal(byteOffset: number, reason: string): Generator<Float32Array> {
    this.#log.damagedBlock(this.#samples, BLOCK_SAMPLES, byteOffset, reason);
    this.#decoder.conceal();
    yield this.#give();
  }

  findings(): Finding[] {
    return [...this.#log.all(), ...signalFindings(this.#meter, this.info.rate, this.#channel)];
  }

  #give(): Float32Array {
    this.#samples += BLOCK_SAMPLES;
    for (let channel = 0; channel < this.info.channels; channel++) {
      this.#meter.pushOne(channel, this.#decoder.samples(channel));
    }
    const signal = this.#decoder.samples(this.#channel);
    this.#meter.pushOne("signal", signal);
    return signal;
  }

  #countUnsupported(status: number, byteOffset: number): void {
    if (!isUnsupported(status) || this.#good > 0 || ++this.#unsupported < UNSUPPORTED_UNITS) return;
    throw new OrcaError(
      "unsupported_encoding",
      `The AAC frame at byte ${byteOffset} is of a kind that is not read: ${reasonOf(status)}.`,
      { byteOffset, hint: "Convert it with: ffmpeg -i INPUT -vn -c:a flac OUTPUT.flac" },
    );
  }

  #noteReplication(byteOffset: number): void {
    this.#replication = true;
    const { rate } = this.info;
    const message =
      `This is HE-AAC: its spectral band replication data (byte ${byteOffset}) was left aside. ` +
      `The LC core was decoded, at ${rate} Hz; the band above ${rate / 2} Hz, which a decoder would make up, is not there.`;
    this.#log.add({ code: "core_only", message, lost: false, byteOffset });
  }
}
