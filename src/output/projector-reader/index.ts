/**
 * How TensorBoard's projector reads a bundle, written down as rules (vz_projector/data-provider.ts and
 * data-provider-demo.ts, projector_plugin.py): what it skips, takes for a label, or shows a warning for. The page's viewer
 * and the tests read every bundle through this.
 */
export { type EmbeddingInfo, readConfig } from "./config.ts";
export { configFaults, type Fault, metadataFaults, spriteFaults, tensorFaults } from "./contract.ts";
export { type ColumnKind, MetadataTable, MOST_CATEGORIES, readMetadata } from "./metadata.ts";
export { readTensorText, type Tensors } from "./tensors.ts";
