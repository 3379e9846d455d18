/** What the page and the worker that reads bundles and collections say to each other. */
import type { CollectionModel, StoredAnnotation, StoredRecording, WindowBlock } from "../../src/collection/types.ts";

export type BundleRequest =
  | {
      readonly kind: "tensors";
      readonly file: string;
      readonly tensors: Blob;
      readonly shape: readonly [count: number, size: number];
    }
  | { readonly kind: "finite"; readonly rows: Blob; readonly size: number }
  | { readonly kind: "sprite"; readonly file: string; readonly image: Blob; readonly dim: readonly [number, number] }
  | { readonly kind: "thumbnails"; readonly points: readonly number[] }
  | {
      readonly kind: "collection";
      readonly name: string;
      readonly database: Blob;
      readonly index: Blob | undefined;
    };

/** The vectors of a bundle. */
export interface TensorBlob {
  readonly count: number;
  readonly size: number;
  readonly labels: readonly string[];
  /** [count, size], float32, little-endian. */
  readonly rows: Blob;
}

export interface SpriteSize {
  readonly width: number;
  readonly height: number;
}

/** A collection, with its vectors in the order of its windows. */
export interface ReadCollection {
  readonly model: CollectionModel;
  readonly recordings: readonly StoredRecording[];
  readonly windows: Omit<WindowBlock, "vectors">;
  readonly annotations: readonly StoredAnnotation[];
  /** [windows, dimensions], float32, little-endian. */
  readonly rows: Blob;
}

export interface Answers {
  readonly tensors: TensorBlob;
  /** Rows with a number that is not finite. */
  readonly finite: number;
  readonly sprite: SpriteSize;
  readonly thumbnails: readonly ImageBitmap[];
  readonly collection: ReadCollection;
}

/** What failed, with the file and what to do where that is known. */
export interface WorkerFailure {
  readonly code: "bundle_invalid" | "collection_invalid";
  readonly message: string;
  readonly file: string | undefined;
  readonly hint: string | undefined;
}

export interface Numbered<T> {
  readonly id: number;
  readonly body: T;
}

export type BundleReply = Numbered<{ readonly answer: Answers[keyof Answers] } | { readonly failure: WorkerFailure }>;
