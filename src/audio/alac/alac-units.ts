import { type ChannelChoice, type Kernels, PcmReader } from "../../kernels/index.ts";
import { FindingLog } from "../finding-log.ts";
import { sampleFindings } from "../sample-findings.ts";
import type { Finding } from "../types.ts";
import type { UnitCodec } from "../units.ts";
import type { AlacConfig } from "./alac-config.ts";

/** The exports of assembly/alac/index.ts. */
interface AlacExports {
  readonly memory: WebAssembly.Memory;
  open(
    channels: number,
    bits: number,
    frame: number,
    history: number,
    start: number,
    limit: number,
    capacity: number,
  ): void;
  input(): number;
  output(): number;
  decode(bytes: number): number;
  frameSamples(): number;
}

const OK = 0;
const REASONS = new Map([
  [-1, "its bits end early"],
  [-2, "it has an element of a kind that there is not"],
  [-3, "it does not have the channels that its header says"],
  [-4, "it says more samples than a frame may have"],
]);

/** ALAC frames: their samples are those of a WAV file of the same recording, bit for bit. */
export class AlacUnits implements UnitCodec {
  readonly info: UnitCodec["info"];
  readonly unitSamples: number;
  readonly longest: number;
  readonly #run: AlacExports;
  readonly #reader: PcmReader;
  readonly #width: number;
  readonly #log = new FindingLog("ALAC frame");

  constructor(module: WebAssembly.Module, config: AlacConfig, kernels: Kernels, channel: ChannelChoice) {
    const { frame, bits, history, start, limit, channels, rate } = config;
    this.info = { encoding: "alac", rate, channels, bits };
    this.unitSamples = frame;
    // A frame without compression, with room for its headers, doubled.
    this.longest = 2 * Math.ceil((frame * channels * bits) / 8) + 1024;
    this.#run = new WebAssembly.Instance(module, {}).exports as unknown as AlacExports;
    this.#run.open(channels, bits, frame, history, start, limit, this.longest);
    const encoding = bits === 16 ? "s16" : bits === 32 ? "s32" : "s24";
    this.#reader = new PcmReader(kernels, { encoding, bigEndian: false, channels }, channel);
    this.#width = channels * (bits === 16 ? 2 : bits === 32 ? 4 : 3);
    this.#log.setRate(rate);
  }

  *decode(unit: Uint8Array, byteOffset: number): Generator<Float32Array> {
    const run = this.#run;
    new Uint8Array(run.memory.buffer, run.input(), this.longest).set(unit);
    const status = run.decode(unit.length);
    if (status !== OK) {
      yield* this.conceal(byteOffset, REASONS.get(status) ?? `status ${status}`);
      return;
    }
    yield* this.#reader.push(new Uint8Array(run.memory.buffer, run.output(), run.frameSamples() * this.#width));
  }

  *conceal(byteOffset: number, reason: string): Generator<Float32Array> {
    this.#log.damagedBlock(this.#reader.frames, this.unitSamples, byteOffset, reason);
    yield* this.#reader.push(new Uint8Array(this.unitSamples * this.#width));
  }

  findings(end: number): Finding[] {
    return [...this.#log.all(), ...sampleFindings(this.#reader, this.info.rate, end)];
  }
}
