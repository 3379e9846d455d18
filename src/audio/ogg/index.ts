/** Ogg with Vorbis, Opus or FLAC: our own demuxer, with libvorbis, libopus and our FLAC decoder behind it. */
export { OggDecoder } from "./ogg-decoder.ts";
