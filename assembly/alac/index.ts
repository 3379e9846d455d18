/** What the ALAC module offers to src/audio/alac/. */
export { decode, frameSamples, input, open, output } from "./frame";
