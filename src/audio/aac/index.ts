/** AAC-LC, our own decoder: ADTS streams here, the same in MPEG transport streams in ../mpeg-ts/. */
export { AdtsDecoder } from "./adts-decoder.ts";
export { HEADER_BYTES, readHeader } from "./adts-header.ts";
