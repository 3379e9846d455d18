/**
 * The seam behind which inference runs. An engine makes a session from a model's bytes; a session turns a batch of
 * windows into embeddings. Nothing above this file knows which runtime it is.
 */

/** Bytes of a model as they arrive, with the length known beforehand. */
export interface ModelBytes {
  readonly length: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What the net takes and gives a window; the outputs are in the order of the model file. */
export interface NetShape {
  readonly window: readonly [frames: number, bands: number];
  readonly embedding: number;
  /** 0 where the model has no scores. */
  readonly scores: number;
}

/** One batch's results, row-major, owned by the caller. */
export interface NetOutput {
  /** [batch, embedding] */
  readonly embedding: Float32Array<ArrayBuffer>;
  /** [batch, scores], or undefined where the model has none. */
  readonly scores: Float32Array<ArrayBuffer> | undefined;
}

export interface Session {
  readonly shape: NetShape;
  /** Windows beyond which a batch gains nothing. */
  readonly batch: number;
  /** Bytes of memory that the session holds now. */
  readonly memory: number;
  /**
   * Runs the net on a batch of windows, each [frames, bands] row-major. It runs to its end before it returns, so
   * concurrent requests that share a session cannot mix. Throws `engine_failed`.
   */
  run(windows: readonly Float32Array[]): NetOutput;
}

/** The engines by the names that requests and operators choose them by. */
export const ENGINES = ["ort", "kernels"] as const;
export type EngineName = (typeof ENGINES)[number];
/** What runs where no engine is named: the reference. */
export const DEFAULT_ENGINE: EngineName = "ort";

/** A compiled module, or how to come by it: one that no request asks for is not even read. */
export type CompiledModule = WebAssembly.Module | (() => Promise<WebAssembly.Module>);

export function compiled(module: CompiledModule): Promise<WebAssembly.Module> | WebAssembly.Module {
  return typeof module === "function" ? module() : module;
}

export interface Engine {
  readonly id: EngineName;
  /** As it is named in every header: package and version. */
  readonly name: string;
  /** Throws `engine_failed` or `model_damaged`. */
  load(bytes: ModelBytes, shape: NetShape): Promise<Session>;
}
