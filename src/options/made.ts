import type { EmbedOptions } from "../embed/index.ts";
import type { Encoding } from "../records/index.ts";

/** What files of results are written as. */
export const FORMATS = ["ndjson", "csv", "npz", "parquet", "raven"] as const;
export type Format = (typeof FORMATS)[number];

/** Where results go: files of a format, or a collection. */
export const SINKS = [...FORMATS, "collection"] as const;
export type Sink = (typeof SINKS)[number];

/** How embeddings are made: what decides their numbers. */
export interface Made {
  readonly variant: string;
  readonly engine: string;
  readonly options: EmbedOptions;
  readonly heads?: MadeHeads | undefined;
}

/** Heads that run, in words as a manifest holds them. */
export interface MadeHeads {
  /** Ids and the beginnings of digests. */
  readonly trained: string | undefined;
  readonly rules: string | undefined;
  readonly site: string | undefined;
  readonly events: string | undefined;
}

/** What can be chosen about the looks of results. */
export interface Layout {
  readonly encoding: Encoding;
  readonly scores: boolean;
  readonly spectrogram: boolean;
  /** Further outputs of the model, by name. */
  readonly outputs: readonly string[];
  /** Raven: windows whose best score is below it have no row. */
  readonly minScore: number;
  /** Raven: names of classes; numbers stand for those that have none. */
  readonly classes: readonly string[];
}
