import type { ChannelChoice } from "../../kernels/index.ts";
import { AacStream } from "../aac/aac-stream.ts";
import { BLOCK_SAMPLES } from "../aac/types.ts";
import { FindingLog } from "../finding-log.ts";
import type { AudioDecoder, AudioInfo, ClockSpan, Finding } from "../types.ts";
import { TsDemuxer, type TsUnit } from "./demuxer.ts";
import { PesClock, SURE, type TimeAnchor } from "./pes-clock.ts";

/**
 * An MPEG transport stream with AAC, as HLS segments have it: one segment, many in a row, or a stream without an end.
 * Every frame gives 1024 samples, the encoder's priming included, as ffmpeg does it. Where packets are missing, the
 * time stamps tell how much silence stands for them.
 */
export class MpegTsDecoder implements AudioDecoder {
  readonly #log = new FindingLog("AAC block");
  readonly #demuxer = new TsDemuxer(this.#log);
  readonly #clock: PesClock;
  readonly #stream: AacStream;
  #received = 0;
  /** After a gap, data is of use again when a PES packet begins: its time stamp says where. */
  #lost = true;

  /** @param module  build/aac.wasm, compiled */
  constructor(module: WebAssembly.Module, channel: ChannelChoice) {
    this.#clock = new PesClock(this.#log, () => this.#stream.rate);
    this.#stream = new AacStream({
      module,
      channel,
      container: "mpeg-ts",
      log: this.#log,
      beforeFrame: (position, samples) => this.#clock.before(position, samples),
    });
  }

  get info(): AudioInfo | undefined {
    return this.#stream.info;
  }

  /** Where the stream's own clock (PTS) is: the first sample's time, and anew wherever it jumps. */
  get anchors(): readonly TimeAnchor[] {
    return this.#clock.anchors;
  }

  get span(): ClockSpan | undefined {
    const from = this.#clock.anchors[0]?.seconds;
    const to = this.#clock.at(this.#stream.samples);
    const waver = (SURE * BLOCK_SAMPLES) / this.#stream.rate;
    return from === undefined || to === undefined ? undefined : { from, to, waver };
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    const source = this.#received;
    this.#received += bytes.length;
    for (const unit of this.#demuxer.push(bytes, source)) yield* this.#unit(unit);
  }

  *flush(): Generator<Float32Array> {
    for (const unit of this.#demuxer.flush(this.#received)) yield* this.#unit(unit);
    yield* this.#stream.flush();
  }

  findings(): Finding[] {
    return [...this.#log.all(), ...this.#stream.findings()];
  }

  *#unit(unit: TsUnit): Generator<Float32Array> {
    if (unit.kind === "gap") {
      if (!this.#lost) yield* this.#stream.interrupt();
      this.#lost = true;
      this.#clock.gap(unit.newClock);
    } else if (unit.kind === "start") {
      this.#lost = false;
      if (unit.pts !== undefined) this.#clock.mark(this.#stream.position, unit.pts);
    } else if (!this.#lost) {
      yield* this.#stream.push(unit.bytes, unit.source);
    }
  }
}
