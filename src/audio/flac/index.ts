/** FLAC, our own decoder: RFC 9639, up to 32 bits and 8 channels, every checksum held. */
export { FlacDecoder } from "./flac-decoder.ts";
export { FlacFinder } from "./flac-finder.ts";
