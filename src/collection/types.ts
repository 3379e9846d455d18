import type { Finding } from "../audio/index.ts";
import type { Annotation } from "../labels/index.ts";
import type { HeaderRecord } from "../records/index.ts";

/** What decides the numbers of a collection's vectors; of one that others wrote, what it says of it. */
export interface CollectionModel {
  /** The model's id. */
  readonly id: string;
  /** Numbers of a vector. */
  readonly dimensions: number;
  readonly variant?: string;
  readonly weights?: HeaderRecord["weights"];
  /** Of the weights: vectors of other ones are refused. */
  readonly sha256?: string;
  /** Hz. */
  readonly rate?: number;
  readonly window?: { readonly seconds: number; readonly hop: number };
  /** Further choices that decide numbers, in words by their names: `pcen`, `postprocess`, `highpass`, … */
  readonly choices?: Readonly<Record<string, string>>;
}

/** A place where a hydrophone lay for a while. */
export interface Deployment {
  readonly name: string;
  /** The set of recordings that it belongs to. */
  readonly project: string;
  readonly latitude?: number;
  readonly longitude?: number;
}

/** How a recording's vectors were made: of its header and summary, what is not the whole collection's. */
export interface Made
  extends Partial<Pick<HeaderRecord, "engine" | "version" | "source" | "start" | "recorder" | "channel">> {
  readonly findings?: readonly Finding[];
  /** Whether all of the audio that was announced came and was sound. */
  readonly complete?: boolean;
}

/** A recording whose windows are kept. */
export interface RecordingFacts {
  /** Path from the base of the recordings, with `/`; its first folder is its deployment. */
  readonly name: string;
  readonly deployment?: Deployment;
  /** When it began: milliseconds since 1970. */
  readonly utc?: number;
  readonly seconds?: number;
  /** Size and time of change of its file when it was read, by which a run that goes on knows it. */
  readonly bytes?: number;
  readonly modified?: number;
  readonly made?: Made;
}

export interface StoredRecording extends RecordingFacts {
  readonly id: number;
}

/** A window to be kept. */
export interface NewWindow {
  /** Seconds from the recording's start. */
  readonly start: number;
  readonly end: number;
  /** Milliseconds since 1970. */
  readonly utc?: number;
  readonly rms?: number;
  /** As many numbers as the collection has dimensions, all finite. */
  readonly vector: Float32Array;
}

/** Windows one after the other, by their ids: arrays of one length. */
export interface WindowBlock {
  readonly count: number;
  /** Whole numbers from 1, of windows and of recordings. */
  readonly ids: Float64Array;
  readonly recordings: Float64Array;
  /** Seconds from the recording's start. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** Milliseconds since 1970; NaN where it is not known. */
  readonly utcs: Float64Array;
  /** Root mean square, full scale is 1; NaN where it is not known. */
  readonly rms: Float64Array;
  /** [count, dimensions], row-major; empty where they were not asked for. */
  readonly vectors: Float32Array<ArrayBuffer>;
}

/** Which windows; all conditions that are given must hold. */
export interface WindowFilter {
  /** Names of deployments. */
  readonly deployments?: readonly string[];
  /** Recordings by their names. */
  readonly recordings?: readonly string[];
  /** Milliseconds since 1970: windows that begin at `from` or later and before `to`. */
  readonly from?: number;
  readonly to?: number;
  /** Hours of the day in UTC, 0 to 24: from the first to before the second, over midnight where the first is the larger. */
  readonly hours?: readonly [from: number, to: number];
  /** Windows with a positive label that is one of these or lies below one. */
  readonly labels?: readonly string[];
  /** Windows that no label of any kind overlaps. */
  readonly unlabelled?: boolean;
  /** Full scale is 1. */
  readonly rmsAtLeast?: number;
  readonly rmsAtMost?: number;
}

export interface BlockOptions {
  readonly filter?: WindowFilter;
  /** Whether blocks bring vectors; they do where it is left out. */
  readonly vectors?: boolean;
  /** Windows of a block at most. */
  readonly size?: number;
  /** Only windows with larger ids. */
  readonly after?: number;
}

export interface Counts {
  readonly deployments: number;
  readonly recordings: number;
  readonly windows: number;
  readonly annotations: number;
}

/** Vectors that perch-hoplite added: it keeps them in its index, and not in the database. */
export interface OtherVectors {
  /** Copies the vector of a window to `out` at `at`; false where it has none. */
  read(id: number, out: Float32Array, at: number): boolean;
}

/** Which annotations. */
export interface AnnotationFilter {
  /** The name of a recording. */
  readonly recording?: string;
  /** One of these labels, or below one. */
  readonly labels?: readonly string[];
  readonly by?: string;
}

export interface StoredAnnotation extends Annotation {
  readonly id: number;
}

/**
 * Recordings, their windows with vectors of one model, and what people say about them. Whoever searches it, trains on it or
 * shows it needs no more than this, wherever it lies: in a folder, in a Durable Object. Memory does not grow with it. Throws
 * OrcaError: `collection_invalid` for what is damaged or was written by a newer version, `busy` where another writes.
 */
export interface Collection {
  readonly model: CollectionModel;
  counts(): Promise<Counts>;
  deployments(): Promise<readonly Deployment[]>;
  /** In the order in which they came. */
  recordings(): AsyncIterable<StoredRecording>;
  recording(id: number): Promise<StoredRecording | undefined>;
  /** Windows by their ids. Windows that come meanwhile may be among them, at the end. */
  blocks(options?: BlockOptions): AsyncIterable<WindowBlock>;
  /** Windows of these ids, in this order, those that are gone left out. */
  windows(ids: ArrayLike<number>, vectors?: boolean): Promise<WindowBlock>;
  annotations(filter?: AnnotationFilter): AsyncIterable<StoredAnnotation>;
  close(): Promise<void>;
}

/** A collection that takes more. */
export interface WritableCollection extends Collection {
  /**
   * Keeps a recording with its windows, all or nothing; what it had under this name is replaced, but for its annotations.
   * Returns its id. Throws `bad_option` for vectors of another length or with NaN or infinity.
   */
  put(recording: RecordingFacts, windows: Iterable<NewWindow>): Promise<number>;
  /** Adds windows to a recording that is there: of a stream, as they come. @param facts  what is known of it by now */
  extend(recordingId: number, windows: Iterable<NewWindow>, facts?: RecordingFacts): Promise<void>;
  /** Keeps annotations of recordings that are there; one that is there already counts as known. Throws `bad_option`. */
  annotate(annotations: Iterable<Annotation>): Promise<{ readonly added: number; readonly known: number }>;
  /** Takes annotations away; ids that are none's are passed over. Returns how many were there. */
  removeAnnotations(ids: Iterable<number>): Promise<number>;
  /** Facts about deployments, by their names and projects. */
  putDeployment(deployment: Deployment): Promise<void>;
}
