import type { StreamedFrontEnd, WindowFrontEnd } from "../kernels/index.ts";

/** Cuts a model's samples into what its net takes, a window after the other. Bits do not depend on how samples are cut. */
export interface Cutter {
  /** How many numbers a window has. */
  readonly size: number;
  /** Yields the numbers of each window that is full; a view is good until the next step. */
  push(samples: Float32Array): Generator<Float32Array<ArrayBuffer>>;
  /** What has been begun and is not full, with zeros for what is missing; undefined where nothing has. */
  rest(): { readonly numbers: Float32Array<ArrayBuffer>; readonly missingSamples: number } | undefined;
  /** Forgets all: what is pushed next is the start of another stretch. */
  restart(): void;
}

/** Windows of a picture whose frames go on from window to window. */
export class FrameCutter implements Cutter {
  readonly size: number;
  readonly #frontEnd: StreamedFrontEnd;
  /** Frames of the window that is being filled, row-major. */
  readonly #frames: Float32Array<ArrayBuffer>;
  readonly #hopFrames: number;
  #filled = 0;

  /** @param hop  samples from one window to the next, a whole number of the front end's hops */
  constructor(frontEnd: StreamedFrontEnd, hop: number) {
    const { frames, bands } = frontEnd.shape;
    this.#frontEnd = frontEnd;
    this.#hopFrames = hop / frontEnd.shape.hop;
    this.size = frames * bands;
    this.#frames = new Float32Array(this.size);
  }

  *push(samples: Float32Array): Generator<Float32Array<ArrayBuffer>> {
    const { frames, bands } = this.#frontEnd.shape;
    for (const run of this.#frontEnd.push(samples)) {
      for (let at = 0; at < run.length; ) {
        const take = Math.min(run.length - at, (frames - this.#filled) * bands);
        this.#frames.set(run.subarray(at, at + take), this.#filled * bands);
        this.#filled += take / bands;
        at += take;
        if (this.#filled < frames) continue;
        yield this.#frames;
        this.#frames.copyWithin(0, this.#hopFrames * bands);
        this.#filled = frames - this.#hopFrames;
      }
    }
  }

  rest(): { numbers: Float32Array<ArrayBuffer>; missingSamples: number } | undefined {
    if (this.#filled === 0) return undefined;
    const { frames, bands, hop } = this.#frontEnd.shape;
    this.#frames.fill(0, this.#filled * bands);
    return { numbers: this.#frames, missingSamples: (frames - this.#filled) * hop };
  }

  restart(): void {
    this.#frontEnd.restart();
    this.#filled = 0;
  }
}

/** Windows of samples, each made by itself into what the net takes. */
export class SampleCutter implements Cutter {
  readonly size: number;
  readonly #frontEnd: WindowFrontEnd;
  readonly #hop: number;
  readonly #samples: Float32Array<ArrayBuffer>;
  #filled = 0;

  /** @param window, hop  in samples */
  constructor(frontEnd: WindowFrontEnd, window: number, hop: number) {
    this.#frontEnd = frontEnd;
    this.size = frontEnd.shape.frames * frontEnd.shape.bands;
    this.#hop = hop;
    this.#samples = new Float32Array(window);
  }

  *push(samples: Float32Array): Generator<Float32Array<ArrayBuffer>> {
    const { length } = this.#samples;
    for (let at = 0; at < samples.length; ) {
      const take = Math.min(samples.length - at, length - this.#filled);
      this.#samples.set(samples.subarray(at, at + take), this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled < length) continue;
      yield this.#frontEnd.transform(this.#samples);
      this.#samples.copyWithin(0, this.#hop);
      this.#filled = length - this.#hop;
    }
  }

  /** Missing frames are the front end's own where it has some; else they are those of zero samples. */
  rest(): { numbers: Float32Array<ArrayBuffer>; missingSamples: number } | undefined {
    if (this.#filled === 0) return undefined;
    const missingSamples = this.#samples.length - this.#filled;
    const audio = this.#samples.subarray(0, this.#filled);
    this.#samples.fill(0, this.#filled);
    const numbers = this.#frontEnd.transform(this.#frontEnd.takesShorter ? audio : this.#samples);
    return { numbers, missingSamples };
  }

  restart(): void {
    this.#filled = 0;
  }
}
