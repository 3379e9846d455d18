/** The kinds of front end: the one place that tells them apart. */
import type { Kernels } from "../kernels.ts";
import { checkScaling } from "../window-scaling.ts";
import { checkChoice, checkInteger, wrongOption } from "./checks.ts";
import { EachWindow, ScaledWindows } from "./each-window.ts";
import {
  type FrontEndKind,
  type FrontEndShape,
  type FrontEndWindow,
  MAX_WINDOW_SAMPLES,
  type StreamedFrontEnd,
  type WindowFrontEnd,
} from "./front-end.ts";
import { type LogMelOptions, logMel } from "./log-mel.ts";
import { type MelDbOptions, melDb } from "./mel-db.ts";
import { type PcenOptions, pcen } from "./pcen.ts";
import { type WaveformOptions, waveform } from "./waveform.ts";

/** A front end as data. */
export type FrontEndOptions = WaveformOptions | LogMelOptions | PcenOptions | MelDbOptions;

type Kinds = {
  readonly [Kind in FrontEndOptions["kind"]]: FrontEndKind<Extract<FrontEndOptions, { kind: Kind }>>;
};

const KINDS: Kinds = { none: waveform, "log-mel": logMel, pcen, "mel-db": melDb };

export const FRONT_END_KINDS = Object.keys(KINDS) as readonly FrontEndOptions["kind"][];

/** An entry of the table, for options that are of its kind: TypeScript cannot see that one follows from the other. */
function kindOf({ kind }: FrontEndOptions): FrontEndKind<FrontEndOptions> {
  checkChoice("kind", kind, FRONT_END_KINDS);
  return KINDS[kind] as unknown as FrontEndKind<FrontEndOptions>;
}

/**
 * What a front end gives for windows of so many samples; needs neither kernels nor weights.
 * @param samples  of a full window, 1 to 2^24
 * @throws `bad_option` with the field, where the options contradict each other, or a window has no frame
 */
export function describeFrontEnd(options: FrontEndOptions, samples: number): FrontEndShape {
  const kind = kindOf(options);
  kind.check(options);
  checkInteger("samples", samples, 1, MAX_WINDOW_SAMPLES);
  const shape = kind.shape(options, samples);
  if (shape.frames >= 1) return shape;
  const message = `a window of ${samples} samples holds no frame, which takes ${shape.leastSamples}.`;
  throw wrongOption("samples", message, "Give longer windows, or a shorter windowLength.");
}

/**
 * Makes a front end.
 * @throws `bad_option` with the field, as describeFrontEnd does, or where PCEN's vectors are missing
 */
export function makeFrontEnd(
  kernels: Kernels,
  options: FrontEndOptions,
  window: FrontEndWindow,
): StreamedFrontEnd | WindowFrontEnd {
  const { samples, scaling } = window;
  describeFrontEnd(options, samples);
  const made = kindOf(options).make(kernels, options, window);
  if (scaling === undefined) return made;
  checkScaling(scaling);
  return new ScaledWindows(made.mode === "streamed" ? new EachWindow(made, samples) : made, scaling, samples);
}
