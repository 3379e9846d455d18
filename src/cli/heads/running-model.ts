import type { CollectionModel } from "../../collection/index.ts";
import type { RunningModel } from "../../heads/index.ts";

/** A collection's model, for heads: it keeps embeddings, and no scores. */
export const runningModel = ({ id, sha256, variant, dimensions }: CollectionModel): RunningModel => ({
  id,
  sha256,
  variant,
  dimensions,
  scores: 0,
  names: undefined,
});
