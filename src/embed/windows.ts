import { type FrontEnd, type Kernels, LogMel, Pcen, type PcenWeights, Resampler } from "../kernels/index.ts";
import { hopSeconds, type Model, windowSamples, windowSeconds } from "../models/index.ts";
import { LevelMeter } from "./level.ts";

/** How Humpback's smoother runs: once over the clip (orca-embeddings), or anew in each window (the model's score()). */
export type PcenMode = "clip" | "window";

/** What the net sees of one stretch of audio. */
export interface Window {
  /** 0, 1, 2, … */
  readonly index: number;
  /** Seconds from the start of the audio. */
  readonly start: number;
  readonly end: number;
  /** Seconds at the end that hold no audio (YAMNet's zero samples, Humpback's zero frames). */
  readonly padded: number;
  /** Root mean square of the window's audio at the model's rate, padding left out; full scale is 1. */
  readonly rms: number;
  /** [windowFrames, bands], row-major; the receiver's, until it gives it back with `recycle`. */
  readonly frames: Float32Array<ArrayBuffer>;
}

/**
 * Samples at the recording's rate to windows of spectrogram frames: resampling, front end, cutting into windows, and the
 * model's own rule for the end. However the samples are cut, the bits are the same; what is kept is bounded.
 */
export class WindowStream {
  readonly #model: Model;
  readonly #resampler: Resampler | undefined;
  readonly #frontEnd: FrontEnd;
  #level: LevelMeter;
  /** Frames of the window that is being filled. */
  readonly #frames: Float32Array<ArrayBuffer>;
  #filled = 0;
  /** Arrays of windows that were given back. */
  readonly #spare: Float32Array<ArrayBuffer>[] = [];
  #index = 0;
  /** Samples of the stretch at the model's rate. */
  #samples = 0;
  #sourceSamples = 0;
  /** The first window of the stretch, and the source sample that the stretch begins with. */
  #firstIndex = 0;
  #firstSample = 0;
  readonly #sourceRate: number;

  constructor(
    kernels: Kernels,
    model: Model,
    sourceRate: number,
    pcen: { mode: PcenMode; weights: PcenWeights | undefined },
  ) {
    this.#model = model;
    this.#sourceRate = sourceRate;
    this.#resampler = sourceRate === model.rate ? undefined : new Resampler(kernels, sourceRate, model.rate);
    this.#frontEnd = makeFrontEnd(kernels, model, pcen);
    this.#level = new LevelMeter(model.frontEnd.hop);
    this.#frames = new Float32Array(model.windowFrames * model.frontEnd.bands);
  }

  /** Seconds of audio taken in. */
  get seconds(): number {
    return this.#sourceSamples / this.#sourceRate;
  }

  /** Samples taken in, at the recording's rate. */
  get sourceSamples(): number {
    return this.#sourceSamples;
  }

  /** Takes a window's frames back for another window: a stream then makes no garbage of 24 kB a window. */
  recycle(frames: Float32Array<ArrayBuffer>): void {
    this.#spare.push(frames);
  }

  /**
   * After `flush`: the audio goes on at another time. Nothing of what was before reaches into the windows that follow, as if
   * they were another recording's; their index goes on, and their seconds are still places in this one.
   */
  restart(): void {
    this.#resampler?.restart();
    this.#frontEnd.restart();
    this.#level = new LevelMeter(this.#model.frontEnd.hop);
    this.#filled = 0;
    this.#samples = 0;
    this.#firstIndex = this.#index;
    this.#firstSample = this.#sourceSamples;
  }

  *push(samples: Float32Array): Generator<Window> {
    this.#sourceSamples += samples.length;
    if (this.#resampler === undefined) yield* this.#analyse(samples, samples.length);
    else for (const part of this.#resampler.push(samples)) yield* this.#analyse(part, part.length);
  }

  /** The end of the audio: the windows that the model's rule still gives. */
  *flush(): Generator<Window> {
    for (const part of this.#resampler?.flush() ?? []) yield* this.#analyse(part, part.length);
    const { tail, frontEnd, hopFrames, windowFrames } = this.#model;
    if (tail === "pad-audio") {
      const full = windowSamples(this.#model);
      const hop = hopFrames * frontEnd.hop;
      const total = full + hop * Math.ceil(Math.max(0, this.#samples - full) / hop);
      for (let missing = total - this.#samples; missing > 0; missing -= hop) {
        yield* this.#analyse(new Float32Array(Math.min(missing, hop)), 0);
      }
    } else if (tail === "pad-frames" && this.#filled > 0) {
      const missing = windowFrames - this.#filled;
      this.#frames.fill(0, this.#filled * frontEnd.bands);
      yield this.#window((missing * frontEnd.hop) / this.#model.rate);
    }
  }

  /** @param audible  how many of the samples are audio, not padding */
  *#analyse(samples: Float32Array, audible: number): Generator<Window> {
    this.#samples += audible;
    this.#level.push(samples.subarray(0, audible));
    const { windowFrames, hopFrames } = this.#model;
    const { bands } = this.#model.frontEnd;
    for (const run of this.#frontEnd.push(samples)) {
      for (let at = 0; at < run.length; ) {
        const take = Math.min(run.length - at, (windowFrames - this.#filled) * bands);
        this.#frames.set(run.subarray(at, at + take), this.#filled * bands);
        this.#filled += take / bands;
        at += take;
        if (this.#filled < windowFrames) continue;
        const end = (this.#index - this.#firstIndex) * hopSeconds(this.#model) + windowSeconds(this.#model);
        yield this.#window(audible > 0 ? 0 : Math.max(0, end - this.#samples / this.#model.rate));
        this.#frames.copyWithin(0, hopFrames * bands);
        this.#filled = windowFrames - hopFrames;
      }
    }
  }

  #window(padded: number): Window {
    const index = this.#index++;
    const place = index - this.#firstIndex;
    // One rounding to the microsecond: 3 * 0.96 must read 2.88.
    const offset = this.#firstSample / this.#sourceRate + place * hopSeconds(this.#model);
    const start = seconds(offset);
    const end = seconds(offset + windowSeconds(this.#model));
    const { hopFrames, windowFrames } = this.#model;
    const rms = this.#level.rms(place * hopFrames, windowFrames);
    const frames = this.#spare.pop() ?? new Float32Array(this.#frames.length);
    frames.set(this.#frames);
    return { index, start, end, padded: seconds(padded), rms, frames };
  }
}

function seconds(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function makeFrontEnd(
  kernels: Kernels,
  model: Model,
  pcen: { mode: PcenMode; weights: PcenWeights | undefined },
): FrontEnd {
  const { frontEnd } = model;
  if (frontEnd.kind === "log-mel") return new LogMel(kernels, frontEnd);
  if (pcen.weights === undefined) throw new Error(`${model.name} needs the PCEN vectors of its weights`);
  const restartEvery = pcen.mode === "window" ? model.windowFrames : Number.POSITIVE_INFINITY;
  return new Pcen(kernels, frontEnd, pcen.weights, restartEvery);
}
