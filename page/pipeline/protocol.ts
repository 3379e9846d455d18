/** What the page and a worker that runs the pipeline say to each other. */
import type { Codec } from "../../src/audio/index.ts";
import type { RunningModel } from "../../src/heads/index.ts";
import type { EmbedRecord } from "../../src/records/index.ts";
import type { Rows } from "../analysis/pca.ts";
import type { Trouble } from "../teller.ts";

/** Where the pipeline's modules and models are: whole addresses. */
export interface Places {
  readonly modules: Readonly<Record<Codec | "kernels" | "nn-relaxed" | "nn-simd", string>>;
  /** The folder of the models, with a slash at the end. */
  readonly models: string;
}

export interface PipelineRequest {
  readonly places: Places;
  readonly file: Blob;
  /** As of POST /v1/embeddings. */
  readonly query: Readonly<Record<string, string>>;
}

/** Scores of embeddings by a head that was trained elsewhere. */
export interface ScoreRequest {
  readonly score: {
    /** The address of the kernels. */
    readonly kernels: string;
    /** Of the head's file, and what stands in it. */
    readonly name: string;
    readonly text: string;
    /** What the embeddings are of, and they themselves; none where only the head is to be read. */
    readonly model: Pick<RunningModel, "id" | "sha256" | "variant"> | undefined;
    readonly rows: Rows;
  };
}

/** A head, and the probabilities of each of its classes. */
export interface Scored {
  readonly id: string;
  readonly model: string;
  readonly classes: readonly { readonly name: string; readonly threshold: number }[];
  /** [classes][windows]; 0 where a window is taken for a noise that the head knows. */
  readonly probabilities: readonly Float64Array[];
}

export type ScoreReply =
  | { readonly kind: "scored"; readonly scored: Scored }
  | { readonly kind: "failure"; readonly trouble: Trouble };

export type PipelineReply =
  | { readonly kind: "records"; readonly records: readonly EmbedRecord[] }
  | { readonly kind: "taken"; readonly bytes: number }
  | { readonly kind: "end" }
  | { readonly kind: "failure"; readonly trouble: Trouble };
