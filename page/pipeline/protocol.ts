/** What the page and a worker that runs the pipeline say to each other. */
import type { Codec } from "../../src/audio/index.ts";
import type { EmbedRecord } from "../../src/records/index.ts";
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

export type PipelineReply =
  | { readonly kind: "records"; readonly records: readonly EmbedRecord[] }
  | { readonly kind: "taken"; readonly bytes: number }
  | { readonly kind: "end" }
  | { readonly kind: "failure"; readonly trouble: Trouble };
