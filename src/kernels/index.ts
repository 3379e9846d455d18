/** The AssemblyScript kernels with types: PCM, resampling, front ends. Build them with `npm run build`. */
export type {
  FrontEndShape,
  FrontEndWindow,
  ShownRange,
  StreamedFrontEnd,
  WindowFrontEnd,
} from "./front-ends/front-end.ts";
export type { LogMelOptions } from "./front-ends/log-mel.ts";
export type { Centring, FixedFrames, MelDbOptions } from "./front-ends/mel-db.ts";
export type { MelNorm, MelSlopes } from "./front-ends/mel-filters.ts";
export type { MelBands, MelScale } from "./front-ends/mel-scale.ts";
export type { BandValues, PcenOptions } from "./front-ends/pcen.ts";
export {
  describeFrontEnd,
  FRONT_END_KINDS,
  type FrontEndOptions,
  makeFrontEnd,
} from "./front-ends/registry.ts";
export type { StftOptions } from "./front-ends/stft.ts";
export type { WaveformOptions } from "./front-ends/waveform.ts";
export { describeHighPass, HighPass, type HighPassDescription } from "./high-pass.ts";
export { Kernels } from "./kernels.ts";
export {
  type ChannelChoice,
  checkChannel,
  frameBytes,
  MAX_CHANNELS,
  PCM_ENCODINGS,
  type PcmEncoding,
  type PcmFormat,
  PcmReader,
  type SampleReport,
} from "./pcm.ts";
export {
  checkRate,
  describeResampler,
  MAX_RATE,
  MIN_RATE,
  Resampler,
  type ResamplerDescription,
} from "./resampler.ts";
export { type Level, SignalMeter } from "./signal-meter.ts";
export { scaleWindow, type WindowScaling } from "./window-scaling.ts";
