/** What onnxruntime-web is called here: known where it is not installed. */

/** Set by package.json's lockfile; a test holds them together. */
export const ORT_VERSION = "1.30.0";
export const ORT_ID = "ort";
export const ORT_NAME = `onnxruntime-web ${ORT_VERSION}`;
