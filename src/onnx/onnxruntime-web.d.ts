/** The Emscripten factory that onnxruntime-web exports without types. */
declare module "onnxruntime-web/ort-wasm-simd-threaded.mjs" {
  export default function createOrt(options: object): Promise<unknown>;
}
