import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { CODECS, type Codec } from "./audio/index.ts";
import type { Engine } from "./engines/index.ts";
import { OrcaError } from "./errors.ts";
import type { Runtime } from "./extract.ts";
import { nodeTooOld } from "./least-node.node.ts";
import { folderSource } from "./models/folder-source.node.ts";
import { ModelStore } from "./models/index.ts";
import { type KernelModules, kernelsEngine } from "./nn/index.ts";
import { ORT_ID, ORT_NAME, ORT_VERSION } from "./onnx/named.ts";

export type { Runtime } from "./extract.ts";

/** build/ and models/onnx/, seen from this file. */
const BUILD = new URL("../build/", import.meta.url);
/** Static assets with the page, where they have been built. */
export const ASSETS_FOLDER = fileURLToPath(new URL("../dist/assets", import.meta.url));
export const PRESETS_FOLDER = fileURLToPath(new URL("../models/presets", import.meta.url));
export const MODELS_FOLDER = fileURLToPath(new URL("../models/onnx", import.meta.url));

/**
 * The kernels, the codecs and both engines from this package's files, models from `modelsFolder`. An engine's modules are
 * read when a model asks for it first. Throws `internal` where this Node is too old, or the package is not whole.
 */
export async function nodeRuntime(modelsFolder: string = MODELS_FOLDER): Promise<Runtime> {
  const old = nodeTooOld();
  if (old !== undefined) throw new OrcaError("internal", old);
  const built = (name: string) => compile(new URL(`${name}.wasm`, BUILD), "npm run build");
  const codec = async (name: Codec) => [name, await built(name)] as const;
  const [kernels, ...modules] = await Promise.all([built("kernels"), ...CODECS.map(codec)]);
  const nn = (level: string) => once(() => built(`nn-${level}`));
  const engines = [kernelsEngine({ relaxed: nn("relaxed"), simd: nn("simd") }), ortEngine()];
  return {
    kernels,
    codecs: Object.fromEntries(modules),
    store: new ModelStore(folderSource(modelsFolder), engines),
  };
}

/** build/kernels.wasm: what heads are trained and run with, beside the sound. */
export function kernelsModule(): Promise<WebAssembly.Module> {
  return compile(new URL("kernels.wasm", BUILD), "npm run build");
}

/** build/vectors.wasm: what collections are searched with. */
export function vectorModule(): Promise<WebAssembly.Module> {
  return compile(new URL("vectors.wasm", BUILD), "npm run build");
}

/** onnxruntime-web, where it is installed beside this package; it is read when a model asks for it first. */
export function ortEngine(): Engine {
  const engine = once(openOrt);
  return { id: ORT_ID, name: ORT_NAME, load: async (bytes, contract) => (await engine()).load(bytes, contract) };
}

async function openOrt(): Promise<Engine> {
  try {
    const path = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
    const { ortWebEngine } = await import("./onnx/index.ts");
    return ortWebEngine(await compile(path, "npm ci"));
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && /MODULE_NOT_FOUND$/.test(String(cause.code)))) throw cause;
    throw new OrcaError("engine_failed", "onnxruntime-web is not installed, and this model is to run with it.", {
      hint: `Install it beside this package: npm install onnxruntime-web@${ORT_VERSION}`,
      cause,
    });
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Both builds of the inference kernels, compiled, with a fingerprint of their bytes: what models are packed for. */
export async function kernelBuild(): Promise<{ modules: KernelModules; fingerprint: string }> {
  const hash = createHash("sha256");
  const modules: WebAssembly.Module[] = [];
  for (const level of ["relaxed", "simd"]) {
    const path = new URL(`nn-${level}.wasm`, BUILD);
    modules.push(await compile(path, "npm run build"));
    hash.update(await readFile(path));
  }
  const [relaxed, simd] = modules as [WebAssembly.Module, WebAssembly.Module];
  return { modules: { relaxed, simd }, fingerprint: hash.digest("hex").slice(0, 16) };
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
