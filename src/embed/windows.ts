import type { Finding } from "../audio/index.ts";
import { type Kernels, makeFrontEnd, Resampler } from "../kernels/index.ts";
import { hopSeconds, type ModelDescription, pictureOf, samplesTaken, windowSeconds } from "../models/index.ts";
import type { PcenMode } from "../records/index.ts";
import { type Cutter, FrameCutter, SampleCutter } from "./cutting.ts";
import { LevelMeter } from "./level.ts";

/** What the net sees of one stretch of audio. */
export interface Window {
  /** 0, 1, 2, … */
  readonly index: number;
  /** Seconds from the start of the audio. */
  readonly start: number;
  readonly end: number;
  /** Seconds at the end that hold no audio (YAMNet's zero samples, Humpback's zero frames). */
  readonly padded: number;
  /** Root mean square, about the mean, of the window's audio at the model's rate, padding left out; full scale is 1. */
  readonly rms: number;
  /** The picture, [frames, bands], or the waveform; row-major. The receiver's, until it gives it back with `recycle`. */
  readonly numbers: Float32Array<ArrayBuffer>;
}

/**
 * Samples at the recording's rate to windows: resampling, front end, cutting into windows, and the model's own rule for the
 * end. However the samples are cut, the bits are the same; what is kept is bounded.
 */
export class WindowStream {
  readonly #model: ModelDescription;
  readonly #resampler: Resampler | undefined;
  readonly #cutter: Cutter;
  /** Samples that the level is summed in. */
  readonly #levelUnit: number;
  #level: LevelMeter;
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
  /** Samples at the model's rate before the window that was gone to. */
  #before = 0;

  constructor(kernels: Kernels, model: ModelDescription, sourceRate: number, pcen: PcenMode) {
    const { rate } = model.input;
    this.#model = model;
    this.#sourceRate = sourceRate;
    this.#resampler = sourceRate === rate ? undefined : new Resampler(kernels, sourceRate, rate);
    this.#cutter = cutterFor(kernels, model, pcen);
    this.#levelUnit = levelUnit(model);
    this.#level = new LevelMeter(this.#levelUnit);
  }

  /** Seconds of audio taken in. */
  get seconds(): number {
    return this.#sourceSamples / this.#sourceRate;
  }

  /** Samples taken in, at the recording's rate. */
  get sourceSamples(): number {
    return this.#sourceSamples;
  }

  /** Takes a window's numbers back for another window: a stream then makes no garbage of 24 kB a window. */
  recycle(numbers: Float32Array<ArrayBuffer>): void {
    this.#spare.push(numbers);
  }

  /**
   * After `flush`: the audio goes on at another time. Nothing of what was before reaches into the windows that follow, as if
   * they were another recording's; their index goes on, and their seconds are still places in this one.
   */
  restart(): void {
    this.#resampler?.restart();
    this.#cutter.restart();
    this.#level = new LevelMeter(this.#levelUnit);
    this.#samples = 0;
    this.#firstIndex = this.#index;
    this.#firstSample = this.#sourceSamples;
  }

  /**
   * Goes to window `index` of a recording without gaps, as if all sound before it had come: what follows has the same bits as
   * in the whole. @returns the source sample that is to be pushed next
   */
  seek(index: number): number {
    const at = index * this.#model.input.hop;
    // The resampler makes four neighbours together.
    const made = this.#resampler === undefined ? at : at - (at % 4);
    this.#sourceSamples = this.#resampler?.seek(made) ?? at;
    this.#before = at - made;
    this.#index = index;
    this.#samples = at;
    this.#level = new LevelMeter(this.#levelUnit, at / this.#levelUnit);
    return this.#sourceSamples;
  }

  *push(samples: Float32Array): Generator<Window> {
    this.#sourceSamples += samples.length;
    if (this.#resampler === undefined) yield* this.#analyse(samples, samples.length);
    else for (const part of this.#resampler.push(samples)) yield* this.#made(part);
  }

  /** The end of the audio: the windows that the model's rule still gives. */
  *flush(): Generator<Window> {
    for (const part of this.#resampler?.flush() ?? []) yield* this.#made(part);
    const { end, hop, rate } = this.#model.input;
    if (end === "pad-audio") {
      const full = samplesTaken(this.#model);
      const total = full + hop * Math.ceil(Math.max(0, this.#samples - full) / hop);
      for (let missing = total - this.#samples; missing > 0; missing -= hop) {
        yield* this.#analyse(new Float32Array(Math.min(missing, hop)), 0);
      }
    } else if (end === "pad-frames") {
      const rest = this.#cutter.rest();
      if (rest !== undefined) yield this.#window(rest.numbers, rest.missingSamples / rate);
    }
  }

  /** Samples as the resampler makes them, without those before the window that was gone to. */
  *#made(part: Float32Array): Generator<Window> {
    const before = Math.min(this.#before, part.length);
    this.#before -= before;
    yield* this.#analyse(part.subarray(before), part.length - before);
  }

  /** @param audible  how many of the samples are audio, not padding */
  *#analyse(samples: Float32Array, audible: number): Generator<Window> {
    this.#samples += audible;
    this.#level.push(samples.subarray(0, audible));
    for (const numbers of this.#cutter.push(samples)) {
      const end = (this.#index - this.#firstIndex) * hopSeconds(this.#model) + windowSeconds(this.#model);
      yield this.#window(numbers, audible > 0 ? 0 : Math.max(0, end - this.#samples / this.#model.input.rate));
    }
  }

  #window(full: Float32Array<ArrayBuffer>, padded: number): Window {
    const index = this.#index++;
    const place = index - this.#firstIndex;
    // One rounding to the microsecond: 3 * 0.96 must read 2.88.
    const offset = this.#firstSample / this.#sourceRate + place * hopSeconds(this.#model);
    const start = seconds(offset);
    const end = seconds(offset + windowSeconds(this.#model));
    const { window, hop } = this.#model.input;
    const rms = this.#level.rms((place * hop) / this.#levelUnit, window / this.#levelUnit);
    const numbers = this.#spare.pop() ?? new Float32Array(full.length);
    numbers.set(full);
    return { index, start, end, padded: seconds(padded), rms, numbers };
  }
}

/** What is said of audio that gives no window. */
export function tooShort(model: ModelDescription, audio: number): Finding {
  const { id, input } = model;
  // Where missing frames are made up, one frame is enough.
  const samples = input.end === "pad-frames" ? pictureOf(model).leastSamples : samplesTaken(model);
  const message = `${audio.toFixed(3)} s of audio give no window: ${id} needs ${samples / input.rate} s.`;
  return { code: "too_short", message, lost: false, seconds: audio };
}

function seconds(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function cutterFor(kernels: Kernels, model: ModelDescription, pcen: PcenMode): Cutter {
  const { input, frontEnd } = model;
  const samples = samplesTaken(model);
  const { scaling } = input;
  const restart = pcen === "window";
  const made = makeFrontEnd(kernels, frontEnd, { samples, restart, ...(scaling === undefined ? {} : { scaling }) });
  if (made.mode === "streamed") return new FrameCutter(made, input.hop);
  return new SampleCutter(made, samples, input.hop);
}

/** Samples of which a whole number makes a window, and a step from one to the next: frames' hops, where they do. */
function levelUnit(model: ModelDescription): number {
  const { window, hop } = model.input;
  const frameHop = pictureOf(model).hop;
  if (frameHop > 1 && window % frameHop === 0 && hop % frameHop === 0) return frameHop;
  let [a, b] = [window, hop];
  while (b > 0) [a, b] = [b, a % b];
  return a;
}
