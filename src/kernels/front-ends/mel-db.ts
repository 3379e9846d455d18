import type { Kernels } from "../kernels.ts";
import { checkChoice, checkInteger, checkPositive, wrongOption } from "./checks.ts";
import { checkWindow, type FrontEndKind, type FrontEndShape, type WindowFrontEnd } from "./front-end.ts";
import type { MelNorm, MelSlopes } from "./mel-filters.ts";
import type { MelScale } from "./mel-scale.ts";
import { checkStft, newMelSpectrum, type StftOptions, stftShape, wholeFrames } from "./stft.ts";

/**
 * Where frames lie. `no`: frame i begins at sample i * hop and lies within the audio. `reflect` and `zeros`: its middle
 * is sample i * hop, from the first sample to the last, and beyond the edges lies the audio's mirror image (without the
 * edge's sample; mirrored again where the audio is shorter than half a frame, as numpy.pad does it), or silence.
 */
export const CENTRINGS = ["no", "reflect", "zeros"] as const;
export type Centring = (typeof CENTRINGS)[number];

/** As many frames as a net takes, however long the audio is. */
export interface FixedFrames {
  readonly count: number;
  /** What missing frames hold, dB. OrcaHello's hold 0, which is loud. */
  readonly missing: number;
}

/**
 * Mel spectrogram in decibels, a window at a time: 10 log10 max(mel, amin), as librosa's power_to_db and torchaudio's
 * AmplitudeToDB("power") have it, with a reference of 1. Computed in float64, rounded to float32 at the end.
 */
export interface MelDbOptions extends StftOptions {
  readonly kind: "mel-db";
  readonly scale: MelScale;
  readonly slopes: MelSlopes;
  readonly norm: MelNorm;
  /** 1: bands sum magnitudes; 2: powers. */
  readonly power: 1 | 2;
  readonly centred: Centring;
  /** The least that a band counts as, at least 2.3e-308; usually 1e-10. */
  readonly amin: number;
  /** Nothing is lower than the window's largest value less this many dB; left out, nothing is raised. */
  readonly topDb?: number;
  /**
   * Frames that are too many are cut off at the end, after `topDb` has seen them; missing ones are added there. Left
   * out, there are as many as a full window has.
   */
  readonly fixedFrames?: FixedFrames;
}

/** The smallest positive float64 that is not denormal: the logarithm's domain. */
const LEAST_AMIN = 2 ** -1022;

export const melDb: FrontEndKind<MelDbOptions> = {
  check(options) {
    checkStft(options);
    const { scale, slopes, norm, power, centred, amin, topDb, fixedFrames } = options;
    // What a description must say, since the libraries that it may come from differ in what they take for granted.
    for (const [field, value] of Object.entries({ scale, slopes, norm })) {
      if (value === undefined) throw wrongOption(field, `${field} is missing.`, "mel-db has no default for it.");
    }
    checkChoice("power", power, [1, 2]);
    checkChoice("centred", centred, CENTRINGS);
    checkPositive("amin", amin);
    if (amin < LEAST_AMIN) throw wrongOption("amin", `amin is ${amin}.`, `Give at least ${LEAST_AMIN}.`);
    if (topDb !== undefined) checkPositive("topDb", topDb);
    if (fixedFrames === undefined) return;
    checkInteger("fixedFrames.count", fixedFrames.count, 1, 2 ** 20);
    if (Number.isFinite(fixedFrames.missing)) return;
    throw wrongOption("fixedFrames.missing", `fixedFrames.missing is ${fixedFrames.missing}.`, "Give a number of dB.");
  },
  shape(options, samples) {
    const shown = { from: 10 * Math.log10(options.amin), to: 60, steps: "even" } as const;
    const shape = stftShape(options, samples, "dB", shown);
    const frames = options.fixedFrames?.count ?? framesOf(options, samples);
    return { ...shape, frames, leastSamples: options.centred === "no" ? shape.leastSamples : 1 };
  },
  make: (kernels, options, { samples }) => new MelDb(kernels, options, samples),
};

function framesOf(options: MelDbOptions, samples: number): number {
  if (options.centred === "no") return wholeFrames(options, samples);
  return samples === 0 ? 0 : 1 + Math.floor(samples / options.hop);
}

class MelDb implements WindowFrontEnd {
  readonly mode = "per-window";
  readonly shape: FrontEndShape;
  readonly takesShorter: boolean;
  readonly #kernels: Kernels;
  readonly #options: MelDbOptions;
  readonly #samples: number;
  readonly #melDb: number;
  /** The audio, with what lies beyond its edges before and behind it. */
  readonly #buffer: number;
  readonly #before: number;
  readonly #behind: number;
  readonly #frames: number;

  constructor(kernels: Kernels, options: MelDbOptions, samples: number) {
    const { windowLength, hop, bands, power, amin, topDb = Number.POSITIVE_INFINITY } = options;
    this.shape = melDb.shape(options, samples);
    this.takesShorter = options.fixedFrames !== undefined;
    this.#kernels = kernels;
    this.#options = options;
    this.#samples = samples;
    this.#melDb = kernels.run.melDb(newMelSpectrum(kernels, options), hop, power, amin, topDb);
    this.#before = options.centred === "no" ? 0 : Math.ceil(windowLength / 2);
    this.#behind = options.centred === "no" ? 0 : Math.floor(windowLength / 2);
    this.#buffer = kernels.alloc(this.#before + samples + this.#behind, 4);
    this.#frames = kernels.alloc(Math.max(framesOf(options, samples), this.shape.frames) * bands, 4);
  }

  transform(samples: Float32Array): Float32Array<ArrayBuffer> {
    const { fixedFrames } = this.#options;
    checkWindow(samples, this.#samples, this.takesShorter);
    this.#layOut(samples);
    const count = framesOf(this.#options, samples.length);
    this.#kernels.run.melDbFrames(this.#melDb, this.#buffer, count, this.#frames);
    const { frames, bands } = this.shape;
    const out = this.#kernels.float32(this.#frames, frames * bands);
    if (fixedFrames !== undefined) out.fill(fixedFrames.missing, count * bands);
    return out;
  }

  #layOut(samples: Float32Array): void {
    const before = this.#before;
    const n = samples.length;
    const buffer = this.#kernels.float32(this.#buffer, before + n + this.#behind);
    buffer.set(samples, before);
    if (this.#options.centred === "zeros") buffer.fill(0, before + n);
    if (this.#options.centred !== "reflect" || n === 0) return;
    for (let at = -before; at < 0; at++) buffer[before + at] = samples[mirrored(at, n)] as number;
    for (let at = n; at < n + this.#behind; at++) buffer[before + at] = samples[mirrored(at, n)] as number;
  }
}

/** Which of n samples stands at place `at` where they are mirrored at the first and the last, again and again. */
function mirrored(at: number, n: number): number {
  if (n === 1) return 0;
  const there = Math.abs(at) % (2 * (n - 1));
  return there < n ? there : 2 * (n - 1) - there;
}
