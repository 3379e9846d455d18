/** What the kernel module offers to src/kernels/. */

export { logMel } from "./log-mel";
export { melRangeOf, melSpectrum, melWeightOf } from "./mel-spectrum";
export { alloc } from "./memory";
export { pcen, pcenFrames, pcenParameters, pcenReady, pcenRestart } from "./pcen";
export { meanChannels, pickChannel, swapBytes, toFloat } from "./pcm";
export { resampleBetween, resampleGroups } from "./resample";
