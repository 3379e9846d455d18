/** Bytes to samples: one decoder a format, and one way to find out which. */
export { DetectingDecoder } from "./detect.ts";
export type { AudioDecoder, AudioInfo, DecodeOptions, Finding, RawFormat } from "./types.ts";
