/** MPEG audio: our own framing, tags and trimming, with libmpg123 behind it. */

export { Mp3Decoder } from "./mp3-decoder.ts";
export { readMpegHeader } from "./mpeg-header.ts";
