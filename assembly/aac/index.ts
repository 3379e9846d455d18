/** What the AAC module offers to src/audio/aac/. */

export { bytesLeft, channelCount, conceal, decode, input, open, reset, samples, sbrSeen, skipBits } from "./decoder";
export { setRate } from "./rate";
/** For the tests, which hold them against their formulas. */
export { newTransform, transform } from "./transform";
export { longSlope, shortSlope } from "./windows";
export { alloc } from "../memory";
