/** The library: audio in, embeddings out. In Node, `index.node.ts` brings kernels and models along. */
export {
  type AudioDecoder,
  type AudioInfo,
  type Codec,
  type CodecModules,
  type DecodeOptions,
  DetectingDecoder,
  type Finding,
  lookBehind,
  type RandomAccess,
  type RawFormat,
  type ReadingModules,
} from "./audio/index.ts";
export { type EmbedOptions, type Window, WindowStream } from "./embed/index.ts";
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
export {
  type Audio,
  type Extracting,
  type Extraction,
  type ExtractOptions,
  extract,
  type ResultOptions,
  type Runtime,
  type Samples,
} from "./extract.ts";
export { type FollowingOptions, follow } from "./follow.ts";
export {
  type ChannelChoice,
  describeFrontEnd,
  type FrontEndOptions,
  type FrontEndShape,
  type FrontEndWindow,
  HighPass,
  Kernels,
  makeFrontEnd,
  type PcmEncoding,
  type PcmFormat,
  PcmReader,
  Resampler,
  type StreamedFrontEnd,
  type WindowFrontEnd,
} from "./kernels/index.ts";
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
  urlSource,
  windowSeconds,
} from "./models/index.ts";
export { type KernelModules, kernelsEngine } from "./nn/index.ts";
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
