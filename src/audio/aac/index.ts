/** AAC-LC: ADTS streams, and units as containers hold them. */
export { AacUnits } from "./aac-units.ts";
export { AdtsDecoder } from "./adts-decoder.ts";
export { HEADER_BYTES, readHeader } from "./adts-header.ts";
export { readAacConfig } from "./audio-specific-config.ts";
