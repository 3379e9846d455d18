import type { ModelName } from "../../models/index.ts";
import { APACHE } from "../licence.ts";

/** A file that Google publishes. */
export interface PublishedFile {
  /** What it is called in the cache. */
  readonly file: string;
  readonly address: string;
  /** Lower-case hex, or null where the publisher names none and nobody here has had the file: then it is recorded. */
  readonly sha256: string | null;
  /** About half as much again as the file has: beyond it, it is something else. */
  readonly most: number;
  readonly licence: string;
}

const MB = 1e6;

/** Where each model's weights are published (MODELS 1.6, 2.3, 3.1). */
export const PUBLISHED: Readonly<Record<ModelName, PublishedFile>> = {
  vggish: {
    file: "vggish_model.ckpt",
    address: "https://storage.googleapis.com/audioset/vggish_model.ckpt",
    sha256: null,
    most: 450 * MB,
    licence: APACHE,
  },
  yamnet: {
    file: "yamnet.h5",
    address: "https://storage.googleapis.com/audioset/yamnet.h5",
    sha256: null,
    most: 24 * MB,
    licence: APACHE,
  },
  humpback: {
    file: "humpback_whale_1.tar.gz",
    address: "https://tfhub.dev/google/humpback_whale/1?tf-hub-format=compressed",
    sha256: null,
    most: 150 * MB,
    licence: APACHE,
  },
};

/** YAMNet's classes by name, beside its code (MODELS 2.5). yamnet.h5 has none; a SavedModel carries the same list. */
export const YAMNET_CLASSES: PublishedFile = {
  file: "yamnet_class_map.csv",
  address: "https://raw.githubusercontent.com/tensorflow/models/master/research/audioset/yamnet/yamnet_class_map.csv",
  sha256: null,
  most: MB,
  licence: APACHE,
};

/** VGGish's post-processing: the PCA of its 128 numbers (MODELS 1.4, 1.6). */
export const VGGISH_PCA: PublishedFile = {
  file: "vggish_pca_params.npz",
  address: "https://storage.googleapis.com/audioset/vggish_pca_params.npz",
  sha256: null,
  most: MB,
  licence: APACHE,
};
