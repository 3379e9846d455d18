/** ONNX: onnxruntime-web behind the engine seam. Reading .onnx files is in file/, which the Worker does without. */
export { ORT_VERSION, ortWebEngine } from "./ort-web.ts";
