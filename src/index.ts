/** The library: audio in, embeddings out. In Node, `index.node.ts` brings kernels and models along. */
export type { Codec, CodecModules, Finding, RawFormat, ReadingModules } from "./audio/index.ts";
export type {
  EmbedOptions,
  EmbedRecord,
  HeaderRecord,
  PcenMode,
  StartRecord,
  SummaryRecord,
  WindowRecord,
} from "./embed/index.ts";
export { type ErrorCode, OrcaError } from "./errors.ts";
export { type Audio, type Extracting, type Extraction, type ExtractOptions, extract, type Samples } from "./extract.ts";
export type { ChannelChoice, PcmEncoding } from "./kernels/index.ts";
export {
  hopSeconds,
  MODEL_NAMES,
  MODELS,
  type Model,
  type ModelName,
  type Postprocess,
  windowSeconds,
} from "./models/index.ts";
export { type KernelModules, kernelsEngine } from "./nn/index.ts";
export {
  bucketSource,
  type CompiledModule,
  ENGINES,
  type Engine,
  type EngineName,
  fetcherSource,
  type ModelSource,
  ModelStore,
  ortWebEngine,
  type StoreOptions,
} from "./onnx/index.ts";
export type { Recorder, Start } from "./times/index.ts";
export { VERSION } from "./version.ts";
