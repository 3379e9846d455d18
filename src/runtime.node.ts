import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { CODECS, type Codec, type ReadingModules } from "./audio/index.ts";
import { OrcaError } from "./errors.ts";
import { folderSource } from "./onnx/folder-source.node.ts";
import { ModelStore, ortWebEngine } from "./onnx/index.ts";

/** What the pipeline runs on: compiled modules and a store of models. */
export interface Runtime extends ReadingModules {
  readonly store: ModelStore;
}

/** build/ and models/onnx/, seen from this file. */
const BUILD = new URL("../build/", import.meta.url);
export const MODELS_FOLDER = fileURLToPath(new URL("../models/onnx", import.meta.url));

/** The kernels, the codecs and onnxruntime-web from this package's files, models from `modelsFolder`. Throws `models_missing`. */
export async function nodeRuntime(modelsFolder: string = MODELS_FOLDER): Promise<Runtime> {
  const ortPath = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
  const built = (name: string) => compile(new URL(`${name}.wasm`, BUILD), "npm run build");
  const codec = async (name: Codec) => [name, await built(name)] as const;
  const [kernels, ort, ...modules] = await Promise.all([
    built("kernels"),
    compile(ortPath, "npm ci"),
    ...CODECS.map(codec),
  ]);
  return {
    kernels,
    codecs: Object.fromEntries(modules),
    store: new ModelStore(folderSource(modelsFolder), ortWebEngine(ort)),
  };
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
