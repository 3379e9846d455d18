import type { PublishedModel } from "../../convert/published-model.ts";
import { GOOGLES } from "../googles-licence.ts";

const MB = 1e6;

/**
 * Where Humpback is published: tfhub.dev, which leads to a signed archive and has refused many; Kaggle, by analogy with
 * google/yamnet; and a copy that PAMGuard's deep learning models carry, as a zip. No hash of any is known, and an archive of
 * the same files has another hash in each: what was fetched is held against the net, tensor by tensor.
 */
export const files: PublishedModel["files"] = {
  weights: {
    file: "humpback_whale_1.archive",
    addresses: [
      "https://tfhub.dev/google/humpback_whale/1?tf-hub-format=compressed",
      "https://www.kaggle.com/api/v1/models/google/humpback-whale/tensorFlow2/humpback-whale/1/download",
      "https://github.com/PAMGuard/deeplearningmodels/releases/download/1.0/humpback_whale_1.zip",
    ],
    sha256: null,
    most: 150 * MB,
    licence: GOOGLES.name,
  },
};
