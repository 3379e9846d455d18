/** Bytes to samples: one decoder a format, and one way to find out which. */
export { type Behind, lookBehind, type RandomAccess } from "./behind.ts";
export { CODECS, type Codec, type CodecModules, type ReadingModules } from "./codecs.ts";
export { DetectingDecoder } from "./detect.ts";
export { endingOf, FORMATS, type Format, RECORDING_ENDINGS } from "./formats.ts";
export { type EnterableSound, entranceAt, soundLayout } from "./layout.ts";
export { clockLeap } from "./mpeg-ts/index.ts";
export { OggHeaders } from "./ogg/index.ts";
export { isDetections, type MakersKind, makersKind, type UnreadKind, unreadKind } from "./other-kinds.ts";
export { joinFindings, notInPieces, type PieceFindings, type SampleRange, type SoundLayout } from "./pieces.ts";
export { signalFindings } from "./signal-findings.ts";
export { id3Length, SNIFFED_BYTES, sniff } from "./sniff.ts";
export type { AudioDecoder, AudioInfo, ClockSpan, DecodeOptions, Finding, RawFormat } from "./types.ts";
