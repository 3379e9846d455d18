/** Ogg with Vorbis, Opus or FLAC: our own demuxer, with libvorbis, libopus and our FLAC decoder behind it. */

export { OggHeaders } from "./headers.ts";
export { OggDecoder } from "./ogg-decoder.ts";
