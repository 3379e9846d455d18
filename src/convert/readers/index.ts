/**
 * Readers of the files in which the three models are published. Each opens to a TensorStore, which namedWeights turns
 * into a model's weights; every fault is a `weights_invalid` that names the file and the byte.
 */
export { KEY_END, type NameRules } from "./canonical-names.ts";
export { readClassMap } from "./class-map.ts";
export { isHdf5, openKerasHdf5 } from "./keras-hdf5.ts";
export { type NamedWeights, namedWeights } from "./named-weights.ts";
export { openFile, type PositionedFile, reason } from "./positioned-file.ts";
export { readComponents } from "./principal-components.ts";
export { openSavedModel } from "./saved-model.ts";
export { isTable } from "./table.ts";
export { unpackTarGz } from "./tar.ts";
export type { PublishedFormat, TensorStore } from "./tensor-store.ts";
export { openV1Checkpoint } from "./v1-checkpoint.ts";
export { unpackZip } from "./zip.ts";
