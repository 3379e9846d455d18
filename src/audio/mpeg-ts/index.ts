/** MPEG transport streams with AAC-LC, as HLS carries them. */
export { PACKET_BYTES } from "./packets.ts";
export { clockLeap, type TimeAnchor } from "./pes-clock.ts";
export { MpegTsDecoder } from "./ts-decoder.ts";
