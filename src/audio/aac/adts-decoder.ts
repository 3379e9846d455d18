import type { ChannelChoice } from "../../kernels/index.ts";
import { AacStream } from "./aac-stream.ts";
import { FindingLog } from "./finding-log.ts";
import type { AacAudioDecoder, AacFinding, AacInfo } from "./types.ts";

/**
 * A raw AAC stream (ADTS, usually .aac): every frame gives 1024 samples. ADTS cannot say how many of the first samples
 * are the encoder's priming (1024 with ffmpeg, 2112 with Apple), so none are cut off, as ffmpeg does it.
 */
export class AdtsDecoder implements AacAudioDecoder {
  readonly #log = new FindingLog();
  readonly #stream: AacStream;
  #received = 0;

  /** @param module  build/aac.wasm, compiled */
  constructor(module: WebAssembly.Module, channel: ChannelChoice) {
    this.#stream = new AacStream({ module, channel, container: "adts", log: this.#log });
  }

  get info(): AacInfo | undefined {
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

  findings(): AacFinding[] {
    return this.#log.all();
  }
}
