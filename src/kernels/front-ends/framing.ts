import type { Kernels } from "../kernels.ts";
import { wrongOption } from "./checks.ts";
import type { FrontEndShape, StreamedFrontEnd } from "./front-end.ts";
import { checkStft, type StftOptions } from "./stft.ts";

/** Samples taken at a time: bounds the memory, changes no number. */
const BLOCK = 16384;

/** Throws `bad_option` for frames that cannot be streamed. */
export function checkFraming(options: StftOptions): void {
  checkStft(options);
  const { hop, windowLength } = options;
  if (hop <= windowLength) return;
  const message = `hop is ${hop}, longer than windowLength, ${windowLength}: samples between frames would go unheard.`;
  throw wrongOption("hop", message, "Give a hop up to windowLength.");
}

/** Keeps the samples that the next frame still needs and hands whole frames to a kernel. */
export abstract class Framing implements StreamedFrontEnd {
  readonly mode = "streamed";
  readonly shape: FrontEndShape;
  protected readonly kernels: Kernels;
  readonly #windowLength: number;
  readonly #buffer: number;
  readonly #frames: number;
  #held = 0;

  constructor(kernels: Kernels, windowLength: number, shape: FrontEndShape) {
    this.kernels = kernels;
    this.shape = shape;
    this.#windowLength = windowLength;
    this.#buffer = kernels.alloc(windowLength + BLOCK, 4);
    this.#frames = kernels.alloc(Math.ceil((windowLength + BLOCK) / shape.hop) * shape.bands, 4);
  }

  *push(samples: Float32Array): Generator<Float32Array<ArrayBuffer>> {
    const { hop, bands } = this.shape;
    for (let at = 0; at < samples.length; at += BLOCK) {
      const part = samples.subarray(at, at + BLOCK);
      this.kernels.float32(this.#buffer + this.#held * 4, part.length).set(part);
      this.#held += part.length;
      if (this.#held < this.#windowLength) continue;
      const count = 1 + Math.floor((this.#held - this.#windowLength) / hop);
      this.transform(this.#buffer, count, this.#frames);
      this.kernels.float32(this.#buffer, this.#held).copyWithin(0, count * hop);
      this.#held -= count * hop;
      yield this.kernels.float32(this.#frames, count * bands);
    }
  }

  restart(): void {
    this.#held = 0;
  }

  protected abstract transform(samples: number, frames: number, out: number): void;
}
