import {
  type FrontEndOptions,
  type FrontEndWindow,
  type LogMelOptions,
  type MelDbOptions,
  makeFrontEnd,
  type PcenOptions,
  type StftOptions,
  type StreamedFrontEnd,
  type WindowFrontEnd,
} from "../../src/kernels/index.ts";
import { description as humpback } from "../../src/models/humpback/description.ts";
import { description as vggish } from "../../src/models/vggish/description.ts";
import { description as yamnet } from "../../src/models/yamnet/description.ts";
import { newKernels } from "./runtime.ts";

/** A front end whose frames go on from window to window, with kernels of its own; `restartEvery` frames it forgets. */
export function streamed(
  options: FrontEndOptions & StftOptions,
  restartEvery = Number.POSITIVE_INFINITY,
): StreamedFrontEnd {
  const restart = Number.isFinite(restartEvery);
  const samples = options.windowLength + (restart ? (restartEvery - 1) * options.hop : 0);
  const made = makeFrontEnd(newKernels(), options, { samples, restart });
  if (made.mode !== "streamed") throw new Error(`${options.kind} is not streamed`);
  return made;
}

/** A front end that takes a window at a time, with kernels of its own. */
export function perWindow(options: FrontEndOptions, window: FrontEndWindow): WindowFrontEnd {
  const made = makeFrontEnd(newKernels(), options, window);
  if (made.mode !== "per-window") throw new Error(`${options.kind} is streamed`);
  return made;
}

export const VGGISH = vggish.frontEnd as LogMelOptions;
export const YAMNET = yamnet.frontEnd as LogMelOptions;
/** With PCEN's published start of training. */
export const HUMPBACK = { ...(humpback.frontEnd as PcenOptions), alpha: 0.98, delta: 2, root: 2 };

/** OrcaHello's front end (orcasound/aifororcas-livesystem InferenceSystem/src/model_v1/audio_frontend.py), without its fixed frames. */
export const ORCAHELLO: MelDbOptions = {
  kind: "mel-db",
  rate: 20_000,
  filterRate: 16_000,
  windowLength: 2560,
  fftLength: 2560,
  hop: 256,
  bands: 256,
  lowest: 0,
  highest: 10_000,
  scale: "htk",
  slopes: "hertz",
  norm: "none",
  power: 2,
  centred: "reflect",
  amin: 1e-10,
  topDb: 100,
};

/** What librosa.feature.melspectrogram and power_to_db do where nothing but sizes is said. */
export const SLANEY: MelDbOptions = {
  kind: "mel-db",
  rate: 16_000,
  windowLength: 1024,
  fftLength: 1024,
  hop: 320,
  bands: 128,
  lowest: 60,
  highest: 8000,
  scale: "slaney",
  slopes: "hertz",
  norm: "area",
  power: 2,
  centred: "reflect",
  amin: 1e-10,
  topDb: 80,
};
