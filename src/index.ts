/** The library: audio in, embeddings out. In Node, `index.node.ts` brings kernels and models along. */
export type { Codec, CodecModules, Finding, RawFormat, ReadingModules } from "./audio/index.ts";
export type { EmbedOptions } from "./embed/index.ts";
export {
  type CompiledModule,
  DEFAULT_ENGINE,
  ENGINE_CHOICES,
  type Engine,
  type EngineChoice,
  type NetContract,
  type NetOutputs,
  type Session,
  type TensorSpec,
} from "./engines/index.ts";
export { ERROR_CODES, type ErrorCode, OrcaError } from "./errors.ts";
export { type Audio, type Extracting, type Extraction, type ExtractOptions, extract, type Samples } from "./extract.ts";
export type { ChannelChoice, PcmEncoding } from "./kernels/index.ts";
export {
  bucketSource,
  describeModel,
  embeddingSize,
  fetcherSource,
  hopSeconds,
  type ModelDescription,
  type ModelSource,
  ModelStore,
  type Postprocess,
  type StoreOptions,
  scoreCount,
  windowSeconds,
} from "./models/index.ts";
export { type KernelModules, kernelsEngine } from "./nn/index.ts";
export { ortWebEngine } from "./onnx/index.ts";
export {
  type AnyRecord,
  type EmbedRecord,
  ENCODINGS,
  type Encoding,
  type ErrorRecord,
  errorRecord,
  GAP_REASONS,
  type GapReason,
  type GapRecord,
  type HeaderRecord,
  type LiveRecord,
  ndjson,
  type OutputShape,
  type PcenMode,
  RecordReader,
  type RecordSource,
  RecordWriter,
  readRecords,
  type SpectrogramShape,
  type StartRecord,
  type SummaryRecord,
  serverSentEvents,
  type TextStream,
  type WaitingRecord,
  type WindowRecord,
} from "./records/index.ts";
export type { Recorder, Start } from "./times/index.ts";
export { VERSION } from "./version.ts";
