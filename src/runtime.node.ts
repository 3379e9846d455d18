import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { OrcaError } from "./errors.ts";
import { folderSource } from "./onnx/folder-source.node.ts";
import { ModelStore, ortWebEngine } from "./onnx/index.ts";

/** What the pipeline runs on: compiled kernels and a store of models. */
export interface Runtime {
  readonly kernels: WebAssembly.Module;
  readonly store: ModelStore;
}

/** build/kernels.wasm and models/onnx/, seen from this file. */
const KERNELS = new URL("../build/kernels.wasm", import.meta.url);
export const MODELS_FOLDER = fileURLToPath(new URL("../models/onnx", import.meta.url));

/** The kernels and onnxruntime-web from this package's files, models from `modelsFolder`. Throws `models_missing`. */
export async function nodeRuntime(modelsFolder: string = MODELS_FOLDER): Promise<Runtime> {
  const ortPath = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
  const [kernels, ort] = await Promise.all([compile(KERNELS, "npm run build"), compile(ortPath, "npm ci")]);
  return { kernels, store: new ModelStore(folderSource(modelsFolder), ortWebEngine(ort)) };
}

async function compile(path: string | URL, make: string): Promise<WebAssembly.Module> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new OrcaError("internal", `${path} cannot be read.`, { cause, hint: `Make it first: ${make}` });
  }
  return WebAssembly.compile(new Uint8Array(bytes));
}
