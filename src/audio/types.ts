import type { ChannelChoice, PcmEncoding } from "../kernels/index.ts";

/** What the decoder learnt from the header. */
export interface AudioInfo {
  /** `wav`, `raw`. */
  readonly container: string;
  readonly encoding: PcmEncoding;
  readonly bigEndian: boolean;
  /** Hz. */
  readonly rate: number;
  readonly channels: number;
  /** Frames (samples of each channel) that the header announces, where it does. */
  readonly declaredFrames: number | undefined;
}

/** Something about the input that its owner should know. `lost` findings mean that audio is missing or was replaced. */
export interface Finding {
  readonly code:
    | "truncated"
    | "partial_frame"
    | "non_finite"
    | "clipped"
    | "too_short"
    | "skipped_chunk"
    | "second_data_chunk"
    | "unpadded_chunk"
    | "trailing_bytes"
    | "stopped";
  readonly message: string;
  readonly lost: boolean;
  readonly byteOffset?: number;
  readonly count?: number;
  /** Where in the audio, in seconds. */
  readonly seconds?: number;
}

/**
 * Bytes of one format to mono float32 samples at the recording's own rate. Bytes may be cut anywhere; the samples are
 * the same. Views are good until the next step.
 */
export interface AudioDecoder {
  /** Known as soon as the header has been read, and before the first sample. */
  readonly info: AudioInfo | undefined;
  push(bytes: Uint8Array): Generator<Float32Array>;
  /** The end of the bytes: gives what is left, or throws where there was no audio. */
  flush(): Iterable<Float32Array>;
  /** What was odd so far; complete after `flush`. */
  findings(): Finding[];
}

/** How the caller says raw PCM is laid out; a header of its own is not looked for. */
export interface RawFormat {
  readonly encoding: PcmEncoding;
  readonly bigEndian: boolean;
  readonly rate: number;
  readonly channels: number;
}

export interface DecodeOptions {
  readonly channel: ChannelChoice;
  readonly raw?: RawFormat;
}
