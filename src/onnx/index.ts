/** Inference: the engine seam, onnxruntime-web behind it, and where model bytes come from. */
export type { Engine, NetOutput, NetShape, Session } from "./engine.ts";
export { DEFAULT_VARIANT, type Manifest, type ManifestModel, type ManifestVariant, parseManifest } from "./manifest.ts";
export { type Bucket, bucketSource, type Fetcher, fetcherSource, type ModelSource } from "./model-source.ts";
export { type LoadedModel, ModelStore } from "./model-store.ts";
export { ORT_VERSION, ortWebEngine } from "./ort-web.ts";
