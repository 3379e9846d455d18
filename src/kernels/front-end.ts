import type { Kernels } from "./kernels.ts";
import { type MelOptions, melFilters } from "./mel.ts";

/** Short-time Fourier transform: lengths in samples. Frames are not centred and the audio is not padded. */
export interface StftOptions extends MelOptions {
  readonly windowLength: number;
  readonly hop: number;
}

/** ln(mel + offset) of VGGish and YAMNet. */
export interface LogMelOptions extends StftOptions {
  readonly kind: "log-mel";
  readonly offset: number;
}

/** PCEN of Humpback; alpha, delta and root are trained and come with the model's weights. */
export interface PcenOptions extends StftOptions {
  readonly kind: "pcen";
  /** s of the smoother. */
  readonly smooth: number;
  readonly floor: number;
}

export type FrontEndOptions = LogMelOptions | PcenOptions;

/** Trained vectors, one number a band. alpha above 1 counts as 1, root below 1 as 1 (leaf_pcen.py). */
export interface PcenWeights {
  readonly alpha: readonly number[];
  readonly delta: readonly number[];
  readonly root: readonly number[];
}

/** Samples to frames of `bands` float32; see LogMel and Pcen. */
export interface FrontEnd {
  /** Yields runs of whole frames; each view is good until the next step. */
  push(samples: Float32Array): Generator<Float32Array<ArrayBuffer>>;
  /** Forgets all samples and what was learnt of them: what is pushed next is the start of another stretch. */
  restart(): void;
}

/** Samples taken at a time: bounds the memory, changes no number. */
const BLOCK = 16384;

/** Keeps the samples that the next frame still needs and hands whole frames to a kernel. */
abstract class Framing implements FrontEnd {
  protected readonly kernels: Kernels;
  protected readonly spectrum: number;
  readonly #options: StftOptions;
  readonly #buffer: number;
  readonly #frames: number;
  #held = 0;

  constructor(kernels: Kernels, options: StftOptions) {
    const { windowLength, hop, bands, fftLength } = options;
    const mel = melFilters(options);
    const { run } = kernels;
    this.kernels = kernels;
    this.#options = options;
    this.spectrum = run.melSpectrum(windowLength, fftLength, bands, mel.weights.length, mel.firstBin, mel.lastBin);
    this.#buffer = kernels.alloc(windowLength + BLOCK, 4);
    this.#frames = kernels.alloc(Math.ceil((windowLength + BLOCK) / hop) * bands, 4);
    kernels.int32(run.melRangeOf(this.spectrum), 2 * bands).set(mel.range);
    kernels.float64(run.melWeightOf(this.spectrum), mel.weights.length).set(mel.weights);
  }

  *push(samples: Float32Array): Generator<Float32Array<ArrayBuffer>> {
    const { windowLength, hop, bands } = this.#options;
    for (let at = 0; at < samples.length; at += BLOCK) {
      const part = samples.subarray(at, at + BLOCK);
      this.kernels.float32(this.#buffer + this.#held * 4, part.length).set(part);
      this.#held += part.length;
      if (this.#held < windowLength) continue;
      const count = 1 + Math.floor((this.#held - windowLength) / hop);
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

/** Log-mel frames: float32, ln(mel magnitude + offset), no lower than ln(offset). */
export class LogMel extends Framing {
  readonly #hop: number;
  readonly #offset: number;

  constructor(kernels: Kernels, options: LogMelOptions) {
    super(kernels, options);
    this.#hop = options.hop;
    this.#offset = options.offset;
  }

  protected transform(samples: number, frames: number, out: number): void {
    this.kernels.run.logMel(this.spectrum, samples, frames, this.#hop, this.#offset, out);
  }
}

/** PCEN frames: float32, 0 for silence. The smoother's state goes on from frame to frame. */
export class Pcen extends Framing {
  readonly #hop: number;
  readonly #bands: number;
  readonly #pcen: number;
  readonly #restartEvery: number;
  #sinceRestart = 0;

  /** @param restartEvery  frames after which the smoother starts anew (pcen=window), or Infinity (pcen=clip) */
  constructor(kernels: Kernels, options: PcenOptions, weights: PcenWeights, restartEvery: number) {
    super(kernels, options);
    const { bands, smooth, floor } = options;
    this.#hop = options.hop;
    this.#bands = bands;
    this.#restartEvery = restartEvery;
    this.#pcen = kernels.run.pcen(bands, smooth, floor);
    const parameters = kernels.float64(kernels.run.pcenParameters(this.#pcen), 3 * bands);
    for (let band = 0; band < bands; band++) {
      parameters[band] = Math.min(weights.alpha[band] as number, 1);
      parameters[bands + band] = weights.delta[band] as number;
      parameters[2 * bands + band] = 1 / Math.max(weights.root[band] as number, 1);
    }
    kernels.run.pcenReady(this.#pcen);
  }

  override restart(): void {
    super.restart();
    this.kernels.run.pcenRestart(this.#pcen);
    this.#sinceRestart = 0;
  }

  protected transform(samples: number, frames: number, out: number): void {
    const { run } = this.kernels;
    for (let done = 0; done < frames; ) {
      if (this.#sinceRestart === this.#restartEvery) {
        run.pcenRestart(this.#pcen);
        this.#sinceRestart = 0;
      }
      const part = Math.min(frames - done, this.#restartEvery - this.#sinceRestart);
      const from = samples + done * this.#hop * 4;
      run.pcenFrames(this.#pcen, this.spectrum, from, part, this.#hop, out + done * this.#bands * 4);
      this.#sinceRestart += part;
      done += part;
    }
  }
}
