/**
 * The seam behind which inference runs. An engine makes a session from an artefact of a model; a session turns a batch of
 * windows into named outputs. Nothing above this folder knows which runtime it is, and nothing in it which model.
 */

/** Bytes of an artefact as they arrive, with the length known beforehand. */
export interface ArtefactBytes {
  readonly length: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A tensor of a net: its name in the graph, and its shape for one window, without the batch. All are float32. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What a net takes and gives for one window. */
export interface NetContract {
  readonly input: TensorSpec;
  /** Those that are wanted, in any order; the graph may have more. */
  readonly outputs: readonly TensorSpec[];
  /** Windows that the graph takes at once, where it was made for no other number. */
  readonly batch?: number;
}

/** One batch's results by the tensor's name: [batch, ...shape], row-major, owned by the caller. */
export type NetOutputs = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

export interface Session {
  readonly contract: NetContract;
  /** Windows beyond which a batch gains nothing. */
  readonly batch: number;
  /** Bytes of memory that the session holds now. */
  readonly memory: number;
  /**
   * Runs the net on a batch of windows, each of the input's shape, row-major. An engine that computes in the caller's
   * thread answers at once; another one promises, and is not asked again before it has answered, so that no batch of one
   * request is mixed with another's. Throws, or rejects with, `engine_failed`.
   */
  run(windows: readonly Float32Array[]): NetOutputs | Promise<NetOutputs>;
}

/** A compiled module, or how to come by it: one that no request asks for is not even read. */
export type CompiledModule = WebAssembly.Module | (() => Promise<WebAssembly.Module>);

export function compiled(module: CompiledModule): Promise<WebAssembly.Module> | WebAssembly.Module {
  return typeof module === "function" ? module() : module;
}

export interface Engine {
  /** What requests and operators choose it by, and what the manifest keeps its artefacts by. */
  readonly id: string;
  /** As it is named in every header: package and version. */
  readonly name: string;
  /** Throws `engine_failed` or `model_damaged`. */
  load(artefact: ArtefactBytes, contract: NetContract): Promise<Session>;
}

/** Numbers in a tensor of this shape. */
export function sizeOf({ shape }: Pick<TensorSpec, "shape">): number {
  return shape.reduce((product, size) => product * size, 1);
}
