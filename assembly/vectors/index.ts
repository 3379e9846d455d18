/** Vector search: what the module offers to src/vectors/. */

export { alloc, mark, release } from "./arena";
export { refineCodes, scanCodes, select, selectBest, selected, selectNone, splitCodes } from "./codes";
export { encode } from "./encode";
export { inverseLengths, scale, scores } from "./scores";
export { bestOf, sortTop, top, topInto } from "./top";
