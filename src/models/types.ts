import type { FrontEndOptions } from "../kernels/index.ts";

export const MODEL_NAMES = ["vggish", "yamnet", "humpback"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/**
 * What happens at the end of the audio:
 * - `drop`: frames that do not fill a window are left out (VGGish);
 * - `pad-audio`: zero samples are appended until the last window is full; even no audio gives one window (YAMNet);
 * - `pad-frames`: zero frames are appended until the last window is full (Humpback, as orca-embeddings does).
 */
export type Tail = "drop" | "pad-audio" | "pad-frames";

/** One of the published models as data; everything above it works from these numbers. */
export interface Model {
  readonly name: ModelName;
  readonly title: string;
  /** Sample rate of the model, Hz. */
  readonly rate: number;
  readonly frontEnd: FrontEndOptions;
  /** Frames in a window, and from one window to the next. */
  readonly windowFrames: number;
  readonly hopFrames: number;
  readonly tail: Tail;
  /** The published embedding's size; a thin test model has another. */
  readonly embedding: number;
  /** Classes, or 0. */
  readonly scores: number;
}

/** Seconds from the start of a window to its end, counted in hops as orca-embeddings does (0.96, 0.96, 3.84). */
export function windowSeconds(model: Model): number {
  return (model.windowFrames * model.frontEnd.hop) / model.rate;
}

/** Seconds from the start of a window to the start of the next. */
export function hopSeconds(model: Model): number {
  return (model.hopFrames * model.frontEnd.hop) / model.rate;
}

/** Samples that one full window needs: the last frame's window reaches beyond its hop. */
export function windowSamples(model: Model): number {
  return (model.windowFrames - 1) * model.frontEnd.hop + model.frontEnd.windowLength;
}
