import type { Finding } from "../audio/index.ts";
import type { ChannelChoice, ResamplerDescription } from "../kernels/index.ts";
import type { Postprocess, ShownRange } from "../models/index.ts";
import type { Recorder } from "../times/index.ts";
import type { PcenMode } from "./windows.ts";

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

/** How the embeddings that follow were made: the first record of every result. */
export interface HeaderRecord {
  readonly type: "header";
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
  readonly resampler: ResamplerDescription;
  /** Sample rate of the model, Hz. */
  readonly rate: number;
  readonly window: { readonly seconds: number; readonly hop: number };
  /**
   * Rows (time) and columns (mel bands) of a window's spectrogram; `unit` is what its numbers are. Models that take the
   * waveform have none.
   */
  readonly spectrogram?: {
    readonly frames: number;
    readonly bands: number;
    readonly hop: number;
    readonly unit: string;
    /** From what is dark to what is bright in a picture, and whether in even steps or by ln(1 + x). */
    readonly shown: ShownRange;
  };
  /** How many numbers an embedding has. */
  readonly embedding: number;
  /** How many classes are scored, where the model scores. */
  readonly scores?: number;
  /** Further outputs that were asked for. */
  readonly outputs?: readonly { readonly name: string; readonly role: string; readonly shape: readonly number[] }[];
  readonly pcen?: PcenMode;
  /** Of models with principal components. */
  readonly postprocess?: Postprocess;
  /** sha256 of the parameters of `postprocess: "pca"`. */
  readonly pca?: string;
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
  /** Root mean square of the window's audio at the model's rate; full scale is 1. */
  readonly rms: number;
  readonly embedding: Float32Array<ArrayBuffer>;
  readonly scores?: Float32Array<ArrayBuffer>;
  /** [frames, bands], row-major: what the net saw. */
  readonly spectrogram?: Float32Array<ArrayBuffer>;
  /** Further outputs that were asked for, row-major, by name. */
  readonly outputs?: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
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

export type EmbedRecord = HeaderRecord | WindowRecord | SummaryRecord;
