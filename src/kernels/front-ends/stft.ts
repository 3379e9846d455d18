import type { Kernels } from "../kernels.ts";
import { checkChoice, checkInteger, checkPositive, wrongOption } from "./checks.ts";
import type { FrontEndShape, ShownRange } from "./front-end.ts";
import { MEL_NORMS, MEL_SLOPES, type MelFilterOptions, melFilters } from "./mel-filters.ts";
import { MEL_SCALES, melBandCentres } from "./mel-scale.ts";

/**
 * Mel spectrum of short frames: a periodic Hann window of `windowLength` samples every `hop` samples, zeros up to
 * `fftLength`. Unless a front end says otherwise, frame i begins at sample i * hop and nothing is padded.
 */
export interface StftOptions extends MelFilterOptions {
  /** Samples, 1 to `fftLength`. */
  readonly windowLength: number;
  /** Samples, at least 1. */
  readonly hop: number;
}

/** Longer transforms than any net has asked for; 8 MB of buffers. */
const MAX_FFT_LENGTH = 2 ** 17;
const MAX_BANDS = 4096;

/** Throws `bad_option`, with the field, where the numbers contradict each other. */
export function checkStft(options: StftOptions): void {
  const { bands, fftLength, windowLength, hop, rate, filterRate, lowest, highest, scale, slopes, norm } = options;
  checkInteger("bands", bands, 1, MAX_BANDS);
  checkInteger("fftLength", fftLength, 2, MAX_FFT_LENGTH);
  if (fftLength % 2 !== 0) throw wrongOption("fftLength", `fftLength is ${fftLength}.`, "Give an even number.");
  checkInteger("windowLength", windowLength, 1, MAX_FFT_LENGTH);
  if (fftLength < windowLength) {
    const message = `fftLength is ${fftLength}, shorter than windowLength, ${windowLength}.`;
    throw wrongOption("fftLength", message, "The window's samples must all go into the transform.");
  }
  checkInteger("hop", hop, 1, MAX_FFT_LENGTH);
  checkPositive("rate", rate);
  if (filterRate !== undefined) checkPositive("filterRate", filterRate);
  checkChoice("scale", scale, [undefined, ...MEL_SCALES]);
  checkChoice("slopes", slopes, [undefined, ...MEL_SLOPES]);
  checkChoice("norm", norm, [undefined, ...MEL_NORMS]);
  if (!(Number.isFinite(lowest) && lowest >= 0)) {
    throw wrongOption("lowest", `lowest is ${lowest} Hz.`, "Give 0 or a frequency above it.");
  }
  checkPositive("highest", highest);
  if (highest <= lowest) {
    throw wrongOption("highest", `highest is ${highest} Hz, not above lowest, ${lowest} Hz.`, "Check both.");
  }
  // OrcaHello's bands go to the audio's 10 kHz although its filters, laid for 16 kHz, end at 8: those above are empty.
  const top = Math.max(rate, filterRate ?? rate) / 2;
  if (highest > top) {
    const hint = "Half the rate is the highest frequency that samples hold.";
    throw wrongOption("highest", `highest is ${highest} Hz, above half the rate, ${top} Hz.`, hint);
  }
  if (melFilters(options).weights.length === 0) {
    const bin = (filterRate ?? rate) / fftLength;
    const message = `no band from ${lowest} to ${highest} Hz holds a bin of the spectrum, which are ${bin} Hz apart.`;
    throw wrongOption("fftLength", message, "Check lowest, highest and fftLength.");
  }
}

/** Frames that lie within `samples` whole. */
export function wholeFrames({ windowLength, hop }: StftOptions, samples: number): number {
  return samples < windowLength ? 0 : 1 + Math.floor((samples - windowLength) / hop);
}

/** The shape of a streamed picture that does not adapt. */
export function stftShape(options: StftOptions, samples: number, unit: string, shown: ShownRange): FrontEndShape {
  const { bands, hop, windowLength } = options;
  const frames = wholeFrames(options, samples);
  const bandCentres = melBandCentres(options);
  return { frames, bands, hop, unit, shown, adapts: false, leastSamples: windowLength, bandCentres };
}

/** A MelSpectrum of assembly/mel-spectrum.ts with its filters in place. */
export function newMelSpectrum(kernels: Kernels, options: StftOptions): number {
  const { windowLength, fftLength, bands } = options;
  const { range, weights, firstBin, lastBin } = melFilters(options);
  const { run } = kernels;
  const spectrum = run.melSpectrum(windowLength, fftLength, bands, weights.length, firstBin, lastBin);
  kernels.int32(run.melRangeOf(spectrum), 2 * bands).set(range);
  kernels.float64(run.melWeightOf(spectrum), weights.length).set(weights);
  return spectrum;
}
