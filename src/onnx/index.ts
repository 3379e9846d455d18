/** Inference: the engine seam, onnxruntime-web behind it, and where model bytes come from. */
export {
  type CompiledModule,
  DEFAULT_ENGINE,
  ENGINES,
  type Engine,
  type EngineName,
  type NetOutput,
  type NetShape,
  type Session,
} from "./engine.ts";
export type { LoadedModel } from "./loaded-model.ts";
export {
  DEFAULT_VARIANT,
  enginesOf,
  type Manifest,
  type ManifestModel,
  type ManifestVariant,
  parseManifest,
  piecesFor,
  weightsDigest,
} from "./manifest.ts";
export { type Bucket, bucketSource, type Fetcher, fetcherSource, type ModelSource } from "./model-source.ts";
export { ModelStore, type StoreOptions } from "./model-store.ts";
export { ORT_VERSION, ortWebEngine } from "./ort-web.ts";
