/**
 * The inference kernels that src/nn/ calls. What each takes is in calls.ts; maps are [batch][height][width][channels].
 *
 * A loop whose counter begins with a dollar runs over locals, `c$r` being c0, c1 and so on: the build writes it out
 * (scripts/support/unroll.ts).
 */
export { depthwiseAny, maxPoolAny } from "./any-window";
export { fusesMadd } from "./arith";
export { convAny } from "./conv-any";
export { dense } from "./dense";
export { depthwise3x3, depthwise3x3Half, depthwise3x3HalfStrict, depthwise3x3Strict } from "./depthwise";
export { add, affine, mean, sigmoid, spread } from "./elementwise";
export { gemm, gemmStrict } from "./gemm";
export { maxPool2x2, maxPool3x3Half } from "./pool";
export { strassen } from "./strassen";
export { stem, stemStrict } from "./stem";
export { winograd } from "./winograd";
export { conv3x3Int8 } from "./int8/conv3x3";
export { denseInt8 } from "./int8/dense";
export { gemmInt8 } from "./int8/gemm";
export { quantiseFrame, quantiseRows, quantiseWindow } from "./int8/quantise";
