/** The inference kernels: what src/nn/ calls. Maps are [batch][height][width][channels]; addresses are of bytes. */
export { fusesMadd } from "./arith";
export { convAny } from "./conv-any";
export { dense } from "./dense";
export { depthwise3x3, depthwise3x3Half, depthwise3x3HalfStrict, depthwise3x3Strict } from "./depthwise";
export { depthwiseAny } from "./depthwise-any";
export { add, affine, mean, sigmoid } from "./elementwise";
export { gemm, gemmStrict } from "./gemm";
export { maxPool2x2, maxPool3x3Half, maxPoolAny } from "./pool";
export { strassen } from "./strassen";
export { stem, stemStrict } from "./stem";
export { winograd } from "./winograd";
export { spread } from "./spread";
export { denseInt8 } from "./int8/dense";
export { hasDirectDot } from "./int8/dot";
export { gemmInt8 } from "./int8/gemm";
export { quantiseFrame, quantiseRows, quantiseWindow } from "./int8/quantise";
