/** What a checkpoint file can be. */
export type PublishedFormat = "v1-checkpoint" | "keras-hdf5" | "saved-model";

/** A float32 tensor as it lies in a file, under the name that the file has for it. */
export interface StoredTensor {
  /** The file's own spelling: a checkpoint key or a dataset's path. */
  readonly key: string;
  /** Names that people gave it, the most trustworthy first. */
  readonly names: readonly string[];
  readonly shape: readonly number[];
  /** Where its shape is declared: what an error about it points at. */
  readonly declared: Place;
  /** Its numbers, row-major, and where the first of them is. Throws `weights_invalid` where they are damaged. */
  read(): Promise<{ readonly values: Float32Array; readonly place: Place }>;
}

export interface Place {
  readonly file: string;
  readonly byteOffset: number;
}

/** An open checkpoint: everything in it that is a float32 tensor, and what else there is. */
export interface TensorStore {
  readonly format: PublishedFormat;
  readonly tensors: readonly StoredTensor[];
  /** Entries that are no float32 tensors, such as counters of a training run: key and type. */
  readonly others: readonly { readonly key: string; readonly type: string; readonly declared: Place }[];
  /** Where the list of its tensors begins: what an error about a missing one points at. */
  readonly listed: Place;
  close(): Promise<void>;
}
