import type { Finding } from "../audio/index.ts";
import type { ChannelChoice, HighPassDescription, ResamplerDescription, ShownRange } from "../kernels/index.ts";
import type { Postprocess } from "../models/index.ts";
import type { Recorder } from "../times/index.ts";

/** How Humpback's smoother runs: once over the clip (orca-embeddings), or anew in each window (the model's score()). */
export type PcenMode = "clip" | "window";

/** When the first sample was taken, where that is known. */
export interface StartRecord {
  /** ISO 8601, milliseconds, Z. */
  readonly utc: string;
  /** Who says so: `start=`, or what in the recording or its name. */
  readonly source: string;
  /** The largest distance, in seconds, that the truth is to be expected from `utc` (docs/times.md). */
  readonly uncertainty: number;
  /** What the source does not say and was taken for granted, in words. */
  readonly assumed?: string;
}

/** Rows (time) and columns (mel bands) of a window's spectrogram. */
export interface SpectrogramShape {
  readonly frames: number;
  readonly bands: number;
  /** Seconds from one frame to the next. */
  readonly hop: number;
  /** What its numbers are. */
  readonly unit: string;
  /** From what is dark to what is bright in a picture, and whether in even steps or by ln(1 + x). */
  readonly shown: ShownRange;
}

/** A further output of a model: what `outputs` of a window holds under `name`. */
export interface OutputShape {
  readonly name: string;
  /** What it is to the model: `embedding`, `scores`, … */
  readonly role: string;
  /** Its dimensions for one window, the slowest first; without any it is one number. */
  readonly shape: readonly number[];
}

/** How the embeddings that follow were made: the first record of every result. */
export interface HeaderRecord {
  readonly type: "header";
  /** The model's id. */
  readonly model: string;
  readonly variant: string;
  /** `seeded` weights are untrained: right shapes and numerics, no learned meaning. */
  readonly weights: "trained" | "seeded";
  readonly warning?: string;
  /** Of the .onnx file; of the packed one where the variant has no .onnx file. */
  readonly sha256: string;
  /** Where the weights came from; `sha256` is of the published file or files, null for seeded weights. */
  readonly provenance: {
    readonly address: string;
    readonly sha256: string | null;
    readonly licence: string;
    readonly parameters: number;
    /** Name and version of what converted them. */
    readonly converter: string;
  };
  /** Name and version of the engine that ran the net. */
  readonly engine: string;
  readonly version: string;
  readonly source: {
    readonly container: string;
    readonly encoding: string;
    readonly rate: number;
    readonly channels: number;
    /** Bits of a sample, where a lossless codec says it. */
    readonly bits?: number;
    /** Seconds that the header announces, where it does. */
    readonly seconds?: number;
    /** Samples at the front that were the codec's delay and were cut off. */
    readonly priming?: number;
  };
  readonly start?: StartRecord;
  /** What made the recording, and where: only what the file says. */
  readonly recorder?: Recorder;
  readonly channel: ChannelChoice;
  /** What was taken out below, before the resampler; not there where nothing was. */
  readonly highpass?: HighPassDescription;
  readonly resampler: ResamplerDescription;
  /** Sample rate of the model, Hz. */
  readonly rate: number;
  readonly window: { readonly seconds: number; readonly hop: number };
  /** A window's spectrogram; a model that takes the waveform has none. */
  readonly spectrogram?: SpectrogramShape;
  /** How many numbers an embedding has. */
  readonly embedding: number;
  /** How many classes are scored, where the model scores. */
  readonly scores?: number;
  /** Further outputs of the model that were asked for: every window that follows carries them. */
  readonly outputs?: readonly OutputShape[];
  readonly pcen?: PcenMode;
  /** Of models with principal components. */
  readonly postprocess?: Postprocess;
  /** sha256 of the parameters of `postprocess: "pca"`. */
  readonly pca?: string;
  /** The heads that run: every window that follows carries what they say. */
  readonly heads?: readonly HeadRecord[];
}

/** A head: a small classifier on the embeddings, or classes of the model's own scores. */
export interface HeadRecord {
  readonly id: string;
  /** Of its file; not there for a model's own scores. */
  readonly sha256?: string;
  readonly classes: readonly { readonly name: string; readonly threshold: number }[];
  /** The site whose thresholds and noises hold. */
  readonly site?: string;
  /** When windows make an event: probabilities (a class's threshold where `on` is left out), seconds, and counts. */
  readonly events: {
    readonly on?: number;
    readonly off?: number;
    readonly shortest: number;
    readonly gap: number;
    readonly windows: number;
    readonly of?: number;
  };
}

/** One window's result. Arrays belong to the receiver. */
export interface WindowRecord {
  readonly type: "window";
  readonly index: number;
  /** Seconds from the start of the audio. */
  readonly start: number;
  readonly end: number;
  /** When the window's first sample was taken, where that is known: ISO 8601, milliseconds, Z. */
  readonly utc?: string;
  /** Seconds of the window that lie beyond the end of the audio, where there are any. */
  readonly padded?: number;
  /** Root mean square, about the mean, of the window's audio at the model's rate; full scale is 1. */
  readonly rms: number;
  readonly embedding: Float32Array<ArrayBuffer>;
  readonly scores?: Float32Array<ArrayBuffer>;
  /** [frames, bands], row-major: what the net saw. */
  readonly spectrogram?: Float32Array<ArrayBuffer>;
  /** Further outputs by their names, row-major in the shapes that the header gives. */
  readonly outputs?: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /** Probabilities by head and class. */
  readonly heads?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By head, the noise that the window is taken for: no event begins with it there. */
  readonly noise?: Readonly<Record<string, string>>;
}

/** An event of a class of a head: once when it begins, once when it has ended. */
export interface EventRecord {
  readonly type: "event";
  readonly phase: "begin" | "end";
  readonly head: string;
  readonly class: string;
  /** Of this class in this result, from 0: both records of an event have the same. */
  readonly number: number;
  /** Seconds from the start of the audio. */
  readonly start: number;
  /** End of its last window; at its begin, of the last so far. */
  readonly end: number;
  /** When it began, where that is known: ISO 8601, milliseconds, Z. */
  readonly utc?: string;
  /** Largest probability of its windows, and where that window starts. */
  readonly peak: number;
  readonly peakStart: number;
  /** Mean probability. */
  readonly mean: number;
  /** Windows that carry it. */
  readonly windows: number;
}

/** The last record of a result that went to its end. */
export interface SummaryRecord {
  readonly type: "summary";
  readonly windows: number;
  /** Seconds of audio taken in. */
  readonly seconds: number;
  /** Bytes taken in. */
  readonly bytes: number;
  /**
   * The start by metadata that stood behind the audio (in a stream too late for the header and the windows), where it says
   * another than the header.
   */
  readonly start?: StartRecord;
  /** Whether all of the audio that was announced came and was sound. */
  readonly complete: boolean;
  readonly findings: readonly Finding[];
}

export type EmbedRecord = HeaderRecord | WindowRecord | EventRecord | SummaryRecord;

/** Why audio is missing. */
export const GAP_REASONS = [
  /** The segment is listed and is not there. */
  "missing",
  /** It is there, and cannot be fetched. */
  "unreachable",
  /** It came, and it cannot be decoded without a loss. */
  "damaged",
  /** It holds less audio than the playlist says. */
  "short",
  /** The playlist itself says that it is not there (EXT-X-GAP). */
  "announced",
  /** Segments left the playlist before they could be read. */
  "missed",
  /** The hydrophone began anew. */
  "restart",
  /** The playlist says that what follows does not follow on, its dates jump, or the sound's own time stamps leap. */
  "discontinuity",
  /** Of sound without an end: a connection broke, and the next one does not go on from it. */
  "disconnected",
  /** Of sound without an end: nothing came for a while, and what came then does not make up for it. */
  "stalled",
] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** Audio that is missing between two stretches, said as soon as it is known. */
export interface GapRecord {
  readonly type: "gap";
  readonly reason: GapReason;
  /** When what is missing began: ISO 8601, milliseconds, Z. */
  readonly utc?: string;
  /** Its length; left out where nobody knows. */
  readonly seconds?: number;
  /** The segment's file. */
  readonly segment?: string;
  readonly message: string;
}

/** Nothing comes for the time being. It is said once; what comes next ends it. */
export interface WaitingRecord {
  readonly type: "waiting";
  /** ISO 8601, milliseconds, Z. */
  readonly utc: string;
  readonly message: string;
}

/**
 * The records of a live hydrophone: stretch after stretch, each with a header of its own, its windows and its summary;
 * between two stretches the gap, where audio is missing.
 */
export type LiveRecord = EmbedRecord | GapRecord | WaitingRecord;

/** The last record of a result that failed on the way; what came before it is valid. */
export interface ErrorRecord {
  readonly type: "error";
  /** One of the codes of errors (docs/http.md); a newer server may know more. */
  readonly code: string;
  readonly message: string;
  readonly byteOffset?: number;
  readonly hint?: string;
  /** The request's, as its answer's X-Request-Id and the server's log have it. */
  readonly requestId?: string;
}

/** Whatever may stand on a line. */
export type AnyRecord = LiveRecord | ErrorRecord;
