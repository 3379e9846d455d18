import type { ChannelChoice, Kernels, PcmEncoding } from "../kernels/index.ts";
import type { MetadataBlock } from "../times/index.ts";
import type { CodecModules } from "./codecs.ts";

/** What the decoder learnt from the header. */
export interface AudioInfo {
  readonly container: "wav" | "aiff" | "raw" | "adts" | "mpeg-ts" | "flac" | "mp3" | "ogg" | "mp4" | "caf";
  readonly encoding: PcmEncoding | "aac-lc" | "alac" | "flac" | "mp3" | "mp2" | "mp1" | "vorbis" | "opus";
  /** Of PCM in the file; false for coded audio. */
  readonly bigEndian: boolean;
  /** Hz. */
  readonly rate: number;
  readonly channels: number;
  /** Frames (samples of each channel) that the header announces, where it does. */
  readonly declaredFrames: number | undefined;
  /** Bits of a sample, where a lossless codec says it. */
  readonly bits?: number;
  /** Samples at the front that were the codec's delay, by its own header, and were cut off. */
  readonly priming?: number;
}

/** Something about the input that its owner should know. `lost` findings mean that audio is missing or was replaced. */
export interface Finding {
  readonly code:
    | "truncated"
    | "partial_frame"
    | "non_finite"
    | "clipped"
    /** Floats beyond 1: louder than full scale, not cut off. */
    | "beyond_full_scale"
    /** The signal lies about another value than 0. */
    | "dc_offset"
    /** A channel without sound beside others that have some. */
    | "dead_channel"
    /** Channels so much louder than others that the mean lets nothing of those through. */
    | "swamping_channel"
    /** Channels that are each other's opposites: their mean is next to nothing. */
    | "cancelling_channels"
    | "too_short"
    /** A size in the header is wrong, and the bytes or the file's size tell the right one. */
    | "wrong_size"
    /** The header contradicts itself otherwise; which of its numbers was used the message says. */
    | "header_contradiction"
    | "skipped_chunk"
    | "second_data_chunk"
    | "unpadded_chunk"
    | "trailing_bytes"
    | "stopped"
    /** Blocks that could not be decoded; silence of their length stands for them. */
    | "damaged_frame"
    /** Bytes between frames, pages or packets that are none of them. */
    | "lost_sync"
    /** Transport packets or Ogg pages are missing, by their counters. */
    | "packets_lost"
    /** Time stamps or frame numbers do not follow on one another. */
    | "time_jump"
    /** Another programme or stream beside the one that was read. */
    | "skipped_stream"
    /** HE-AAC: the upper half of the spectrum is coded in a way that is not read. */
    | "core_only"
    | "channels_changed"
    /** Metadata says a time that cannot be true. */
    | "bad_time"
    /** Two sources say times that cannot both be true. */
    | "times_disagree"
    | "metadata_cut"
    /** Metadata says another sample rate than the format's own header, which was used. */
    | "rate_differs"
    /** Time that the recorder left out, by its own table. */
    | "gap"
    /** Pieces of sound from different times stand end to end: a place in it does not tell when it was. */
    | "not_continuous"
    /** A live playlist says what cannot be meant. */
    | "bad_playlist"
    /** What was followed has ended. */
    | "ended"
    | "more_findings";
  readonly message: string;
  readonly lost: boolean;
  readonly byteOffset?: number;
  readonly count?: number;
  /** Where in the audio, in seconds. */
  readonly seconds?: number;
}

/** From where to where audio goes by its stream's own clock (time stamps), in seconds; it wraps after 26.5 hours. */
export interface ClockSpan {
  readonly from: number;
  /** Behind the last sample. */
  readonly to: number;
  /** By how much what follows may begin elsewhere and still follow on. */
  readonly waver: number;
}

/**
 * Bytes of one format to mono float32 samples at the recording's own rate. Bytes may be cut anywhere; the samples are
 * the same. Views are good until the next step. A step takes some milliseconds at most: where much work gives no sound,
 * an empty view comes between.
 */
export interface AudioDecoder {
  /** Known as soon as the header has been read, and before the first sample. */
  readonly info: AudioInfo | undefined;
  push(bytes: Uint8Array): Generator<Float32Array>;
  /** The end of the bytes: gives what is left, or throws where there was no audio. */
  flush(): Iterable<Float32Array>;
  /**
   * Seconds that are missing before what was given last and that no silence stands for, because they are more than
   * LONGEST_FILL; asked once, it forgets them.
   */
  takeGap?(): number;
  /** What was odd so far; complete after `flush`. */
  findings(): Finding[];
  /** What the stream's own clock says of the samples so far, where it has one. */
  readonly span?: ClockSpan | undefined;
  /** Metadata that has come so far, where the format carries any. */
  metadata?(): readonly MetadataBlock[];
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
  /** Bytes of the whole recording, where the caller knows: it tells where sizes in a header lie. */
  readonly size?: number;
  /** What tells where the sound stands, where that stands behind it and was read ahead. */
  readonly index?: { readonly bytes: Uint8Array; readonly source: number };
  /** Whether that was looked for, and is not there. */
  readonly noIndex?: boolean;
  /** The recording's name: of some kinds of file only the ending tells. */
  readonly file?: string;
}

/** What a decoder of coded audio is made from. */
export interface CodedOptions {
  readonly kernels: Kernels;
  readonly codecs: CodecModules;
  readonly channel: ChannelChoice;
  /** Offset in the file of the first byte that the decoder will get. */
  readonly start: number;
}
