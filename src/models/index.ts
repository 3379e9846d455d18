/** Models as data: what they are, where their bytes lie, and loading them by an engine. */
export { type ModelClass, packClasses, unpackClasses } from "./class-names.ts";
export {
  describeModel,
  type EndRule,
  type ModelDescription,
  type ModelDescriptionInput,
  type OutputDescription,
} from "./description.ts";
export { GENERATED_LICENCE, isPublicLicence } from "./licences.ts";
export type { LoadedModel } from "./loaded-model.ts";
export {
  type Artefact,
  DEFAULT_VARIANT,
  enginesOf,
  MANIFEST_FILE,
  MANIFEST_FORMAT,
  type Manifest,
  type ManifestFile,
  type ManifestVariant,
  type ModelEntry,
  parseManifest,
  servedFiles,
  weightsDigest,
} from "./manifest.ts";
export {
  contractOf,
  embeddingSize,
  hasPicture,
  hearingRange,
  hopSeconds,
  outputWithRole,
  pictureOf,
  resultShape,
  samplesTaken,
  scoreCount,
  windowSeconds,
} from "./measures.ts";
export {
  type Bucket,
  bucketSource,
  type Fetcher,
  fetcherSource,
  type ModelSource,
  type PassingSource,
  urlSource,
} from "./model-source.ts";
export { ModelStore, type StoreOptions } from "./model-store.ts";
export { MODEL_ID, OUTPUT_NAME } from "./names.ts";
export {
  type ClipRange,
  POSTPROCESSES,
  type Postprocess,
  type PrincipalComponents,
  packComponents,
  projected,
  unpackComponents,
} from "./principal-components.ts";
