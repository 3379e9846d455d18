/** What the viewer and its worker say to each other. */
import type { Fault } from "../../src/output/projector-reader/index.ts";
import type { Neighbour } from "../analysis/nearest.ts";

export type BundleRequest =
  | {
      readonly kind: "tensors";
      readonly file: string;
      readonly tensors: Blob;
      readonly shape: readonly [count: number, size: number];
    }
  | { readonly kind: "sprite"; readonly file: string; readonly image: Blob; readonly dim: readonly [number, number] }
  | { readonly kind: "thumbnails"; readonly points: readonly number[] }
  | { readonly kind: "nearest"; readonly point: number; readonly count: number }
  | { readonly kind: "rows"; readonly most: number };

/** Points in the plane. */
export interface Plotted {
  readonly count: number;
  readonly size: number;
  readonly labels: readonly string[];
  /** Rows with a number that is not finite. */
  readonly bad: number;
  /** x and y of each. */
  readonly positions: Float32Array<ArrayBuffer>;
  /** Part of the variance along each axis. */
  readonly explained: readonly [number, number];
  /** Rows that the axes were found on: all, or an even share of many. */
  readonly fitted: number;
}

export interface SpriteSize {
  readonly width: number;
  readonly height: number;
}

/** Rows for UMAP: all, or an even share of many. */
export interface SomeRows {
  readonly rows: Float32Array<ArrayBuffer>;
  readonly points: Uint32Array<ArrayBuffer>;
}

export interface Answers {
  readonly tensors: Plotted;
  readonly sprite: SpriteSize;
  readonly thumbnails: readonly ImageBitmap[];
  readonly nearest: readonly Neighbour[];
  readonly rows: SomeRows;
}

/** What failed, with the file and what to do where that is known. */
export interface WorkerFailure {
  readonly message: string;
  readonly file: string | undefined;
  readonly hint: string | undefined;
}

export interface Numbered<T> {
  readonly id: number;
  readonly body: T;
}

export type BundleReply = Numbered<{ readonly answer: Answers[keyof Answers] } | { readonly failure: WorkerFailure }>;
export type { Fault };
