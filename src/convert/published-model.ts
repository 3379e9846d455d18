import type { ModelDescription } from "../models/index.ts";
import type { Graph } from "./graph.ts";
import type { NameRules } from "./readers/canonical-names.ts";
import type { Weights } from "./weights.ts";

/** A file that a model's publisher offers. */
export interface PublishedFile {
  /** What it is called in the cache. */
  readonly file: string;
  /** Where it is to be had; they are tried in turn. */
  readonly addresses: readonly [string, ...string[]];
  /** Lower-case hex, or null where nobody is known to have named it: then it is recorded. */
  readonly sha256: string | null;
  /** About half as much again as the file has: beyond it, it is something else. */
  readonly most: number;
  readonly licence: string;
}

/** A published model as the converter knows it: one folder of src/models/ each. */
export interface PublishedModel {
  /** With the sizes of the published net; what is trained of the front end comes by `frontEnd`. */
  readonly description: ModelDescription;
  /** The net, of weights by their published names. Throws `weights_invalid` where they do not fit. */
  graph(weights: Weights): Graph;
  /** The published shapes by name, at `1 / thin` of the published width. */
  shapes(thin?: number): ReadonlyMap<string, readonly number[]>;
  /** What the tensors are called in the files in which it is published. */
  names(): NameRules;
  /** The front end with what was trained of it. */
  readonly frontEnd?: (weights: Weights) => Promise<ModelDescription["frontEnd"]>;
  /** Two matrices that are published with the weights and are no part of the net: the smoother of its PCEN. */
  readonly smoother?: { readonly kernel: string; readonly recurrent: string };
  readonly files: {
    readonly weights: PublishedFile;
    /** Principal components of its embeddings. */
    readonly components?: PublishedFile;
    /** The names of its classes. */
    readonly classes?: PublishedFile;
  };
}
