/** The AssemblyScript kernels with types: PCM, resampling, log-mel, PCEN. Build them with `npm run build`. */
export {
  type FrontEnd,
  type FrontEndOptions,
  LogMel,
  type LogMelOptions,
  Pcen,
  type PcenOptions,
  type PcenWeights,
} from "./front-end.ts";
export { Kernels } from "./kernels.ts";
export { bandCentres, type MelOptions, melFilters } from "./mel.ts";
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
