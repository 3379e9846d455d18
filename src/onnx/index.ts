/** ONNX: onnxruntime-web behind the engine seam. Reading .onnx files is in file/, which the Worker does without. */
export { ORT_VERSION } from "./named.ts";
export { ortWebEngine } from "./ort-web.ts";
