/** What the FLAC module offers to src/audio/flac/. */
export { blockSize, decode, input, open, output, sampleNumber, taken, variableBlocks } from "./frame";
