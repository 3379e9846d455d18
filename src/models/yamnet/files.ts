import type { PublishedModel } from "../../convert/published-model.ts";
import { GOOGLES } from "../googles-licence.ts";

const MB = 1e6;
const { name: licence } = GOOGLES;

/**
 * Where YAMNet is published: the bucket and the list that tensorflow/models research/audioset/yamnet/README.md names.
 * yamnet.h5 has no names of classes; a SavedModel carries the same list. The hashes are those that others who fetched the
 * files wrote down in lock files and logs.
 */
export const files: PublishedModel["files"] = {
  weights: {
    file: "yamnet.h5",
    addresses: ["https://storage.googleapis.com/audioset/yamnet.h5"],
    sha256: "13c3308955bbfaef262f175ac9c40e47b134573a93984f009220dd7cc12a1744",
    most: 24 * MB,
    licence,
  },
  classes: {
    file: "yamnet_class_map.csv",
    addresses: [
      "https://raw.githubusercontent.com/tensorflow/models/master/research/audioset/yamnet/yamnet_class_map.csv",
    ],
    sha256: "cdf24d193e196d9e95912a2667051ae203e92a2ba09449218ccb40ef787c6df2",
    most: MB,
    licence,
  },
};
