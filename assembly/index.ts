/** What the kernel module offers to src/kernels/. */

export { columnProducts, rowProducts } from "./heads";
export { logMel, logMelFrames } from "./log-mel";
export { melDb, melDbFrames } from "./mel-db";
export { melRangeOf, melSpectrum, melWeightOf } from "./mel-spectrum";
export { alloc } from "./memory";
export { pcen, pcenFrames, pcenParameters, pcenReady, pcenRestart } from "./pcen";
export { meanChannels, pickChannel, swapBytes, toFloat } from "./pcm";
export { resampleBetween, resampleGroups, spacedFilters, filterRows } from "./resample";
