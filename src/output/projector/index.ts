/** Bundles for TensorBoard's Embedding Projector: windows in, tensors, metadata, sprite and configs out. */
export { bundleFiles } from "./bundle.ts";
export { CONFIG_FILE, configAt, configJson, type ProjectorConfig, projectorLink, viewerLink } from "./config.ts";
export { DEFAULT_THUMBNAIL, MAX_POINTS, MAX_THUMBNAIL, MIN_THUMBNAIL } from "./limits.ts";
export { type BundleFile, type BundleOptions, ModelBundle, SPOOLS, type SpoolName } from "./model-bundle.ts";
export { MemoryRows, type RowSpool } from "./row-spool.ts";
export { zipFiles } from "./zip.ts";
