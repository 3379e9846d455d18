import type { AudioInfo, Finding } from "../types.ts";

/** What an AAC decoder learnt from the first frame; `bigEndian` and `declaredFrames` say nothing here. */
export interface AacInfo extends Omit<AudioInfo, "encoding"> {
  readonly container: "adts" | "mpeg-ts";
  readonly encoding: "aac-lc";
}

/** Something odd about the input; the codes that only coded audio has are added to those of PCM. */
export interface AacFinding extends Omit<Finding, "code"> {
  readonly code:
    | Finding["code"]
    /** Frames that could not be decoded; silence of their length stands for them. */
    | "damaged_frame"
    /** Bytes between frames or packets that are neither. */
    | "lost_sync"
    /** Transport packets are missing, by their counters. */
    | "packets_lost"
    /** Time stamps do not follow on one another. */
    | "time_jump"
    /** Another programme or stream of the transport stream. */
    | "skipped_stream"
    /** HE-AAC: the upper half of the spectrum is coded in a way that is not read. */
    | "core_only"
    | "channels_changed"
    | "more_findings";
}

/** As AudioDecoder of ../types.ts, with the types above. */
export interface AacAudioDecoder {
  readonly info: AacInfo | undefined;
  push(bytes: Uint8Array): Generator<Float32Array>;
  flush(): Generator<Float32Array>;
  findings(): AacFinding[];
}

/** Samples of each channel in a block: LC with 1024 lines (the 960-line kind cannot be said in ADTS). */
export const BLOCK_SAMPLES = 1024;
