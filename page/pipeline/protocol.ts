/** What the page and a worker that runs the pipeline say to each other. */
import type { Codec } from "../../src/audio/index.ts";
import type { ClassCounts, EventRule, Examples, RunningModel } from "../../src/heads/index.ts";
import type { Detection, DetectionFormat } from "../../src/output/index.ts";
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
  readonly classes: readonly {
    readonly name: string;
    readonly threshold: number;
    readonly rule: EventRule;
    readonly low?: number;
    readonly high?: number;
  }[];
  /** When it was trained, where its file says so. */
  readonly trained: string | undefined;
  /** Its file, in the project's own form whatever it was opened from. */
  readonly text: string;
  /** [classes][windows]; 0 where a window is taken for a noise that the head knows. */
  readonly probabilities: readonly Float64Array[];
}

/** A head to be trained. */
export interface TrainRequest {
  readonly train: {
    /** The address of the kernels. */
    readonly kernels: string;
    readonly id: string;
    readonly model: Pick<RunningModel, "id" | "sha256" | "variant" | "dimensions">;
    readonly examples: Examples;
    /** [rows, dimensions] */
    readonly rows: Float32Array<ArrayBuffer>;
    /** Seconds from one window to the next. */
    readonly hop: number;
    /** What stands in the file: whose labels, of which recordings. */
    readonly training: Readonly<Record<string, unknown>>;
  };
}

export interface Trained {
  /** The head's file. */
  readonly text: string;
  readonly classes: readonly (ClassCounts & {
    readonly name: string;
    /** Why it cannot be judged, in words. */
    readonly tooFew?: string;
    /** By folds of recordings; null where there is nothing to work it out from. */
    readonly rocAuc: number | null;
    readonly averagePrecision: number | null;
  })[];
}

/** Events to be written as a file: as a zip where a format has a file for each recording. */
export interface WriteRequest {
  readonly write: {
    readonly list: readonly Detection[];
    readonly format: DetectionFormat;
    readonly heads: string;
  };
}

export interface Written {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What is asked about heads. */
export type HeadRequest = ScoreRequest | TrainRequest | WriteRequest;

export type HeadReply =
  | { readonly kind: "scored"; readonly scored: Scored }
  | { readonly kind: "trained"; readonly trained: Trained }
  | { readonly kind: "written"; readonly written: Written }
  | { readonly kind: "failure"; readonly trouble: Trouble };

export type PipelineReply =
  | { readonly kind: "records"; readonly records: readonly EmbedRecord[] }
  | { readonly kind: "taken"; readonly bytes: number }
  | { readonly kind: "end" }
  | { readonly kind: "failure"; readonly trouble: Trouble };
