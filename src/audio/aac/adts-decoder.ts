import type { ChannelChoice } from "../../kernels/index.ts";
import { FindingLog } from "../finding-log.ts";
import type { AudioDecoder, AudioInfo, Finding } from "../types.ts";
import { AacStream } from "./aac-stream.ts";

/**
 * A raw AAC stream (ADTS, usually .aac): every frame gives 1024 samples. ADTS cannot say how many of the first samples
 * are the encoder's priming (1024 with ffmpeg, 2112 with Apple), so none are cut off, as ffmpeg does it.
 */
export class AdtsDecoder implements AudioDecoder {
  readonly #log = new FindingLog("AAC block");
  readonly #stream: AacStream;
  #received: number;

  /**
   * @param module  build/aac.wasm, compiled
   * @param start  offset in the file of the first byte that will be pushed
   */
  constructor(module: WebAssembly.Module, channel: ChannelChoice, start = 0) {
    this.#received = start;
    this.#stream = new AacStream({ module, channel, container: "adts", log: this.#log });
  }

  get info(): AudioInfo | undefined {
    return this.#stream.info;
  }

  *push(bytes: Uint8Array): Generator<Float32Array> {
    const source = this.#received;
    this.#received += bytes.length;
    yield* this.#stream.push(bytes, source);
  }

  flush(): Generator<Float32Array> {
    return this.#stream.flush();
  }

  takeGap(): number {
    return this.#stream.takeGap();
  }

  findings(): Finding[] {
    return [...this.#log.all(), ...this.#stream.findings()];
  }
}
