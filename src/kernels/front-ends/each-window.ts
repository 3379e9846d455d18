import { scaleWindow, type WindowScaling } from "../window-scaling.ts";
import { checkWindow, type FrontEndShape, type StreamedFrontEnd, type WindowFrontEnd } from "./front-end.ts";

/** A streamed front end that starts anew for each window. */
export class EachWindow implements WindowFrontEnd {
  readonly mode = "per-window";
  readonly takesShorter = false;
  readonly #inner: StreamedFrontEnd;
  readonly #samples: number;
  readonly #frames: Float32Array<ArrayBuffer>;

  /** @param samples  of a window */
  constructor(inner: StreamedFrontEnd, samples: number) {
    this.#inner = inner;
    this.#samples = samples;
    this.#frames = new Float32Array(inner.shape.frames * inner.shape.bands);
  }

  get shape(): FrontEndShape {
    return this.#inner.shape;
  }

  transform(samples: Float32Array): Float32Array<ArrayBuffer> {
    checkWindow(samples, this.#samples, false);
    this.#inner.restart();
    let filled = 0;
    for (const run of this.#inner.push(samples)) {
      this.#frames.set(run, filled);
      filled += run.length;
    }
    return this.#frames;
  }
}

/** A front end that is given each window scaled (window-scaling.ts); the caller's samples stay as they are. */
export class ScaledWindows implements WindowFrontEnd {
  readonly mode = "per-window";
  readonly #inner: WindowFrontEnd;
  readonly #scaling: WindowScaling;
  readonly #scaled: Float32Array<ArrayBuffer>;

  /** @param samples  of a window */
  constructor(inner: WindowFrontEnd, scaling: WindowScaling, samples: number) {
    this.#inner = inner;
    this.#scaling = scaling;
    this.#scaled = new Float32Array(samples);
  }

  get shape(): FrontEndShape {
    return this.#inner.shape;
  }

  get takesShorter(): boolean {
    return this.#inner.takesShorter;
  }

  transform(samples: Float32Array): Float32Array<ArrayBuffer> {
    checkWindow(samples, this.#scaled.length, this.takesShorter);
    const scaled = this.#scaled.subarray(0, samples.length);
    scaled.set(samples);
    scaleWindow(scaled, this.#scaling);
    return this.#inner.transform(scaled);
  }
}
