import createOrt from "onnxruntime-web/ort-wasm-simd-threaded.mjs";
import {
  type ArtefactBytes,
  type CompiledModule,
  compiled,
  type Engine,
  type NetContract,
  type NetOutputs,
  type Session,
  sizeOf,
  type TensorSpec,
} from "../engines/index.ts";
import { OrcaError } from "../errors.ts";
import { ORT_ID, ORT_NAME } from "./named.ts";

/**
 * onnxruntime-web through its own Emscripten factory: workerd compiles no WebAssembly from bytes, so the compiled
 * module is handed in, and the thin binding keeps one copy of the weights (the model's bytes are used as initializers
 * in place, which the stock API cannot do, because it frees them).
 */
interface Ort {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(p: number): void;
  stackSave(): number;
  stackRestore(p: number): void;
  stackAlloc(bytes: number): number;
  stringToUTF8(text: string, p: number, capacity: number): void;
  lengthBytesUTF8(text: string): number;
  UTF8ToString(p: number): string;
  getValue(p: number, type: string): number;
  setValue(p: number, value: number, type: string): void;
  _OrtInit(threads: number, logLevel: number): number;
  _OrtGetLastError(code: number, message: number): number;
  _OrtCreateSessionOptions(
    optimization: number,
    arena: boolean,
    memoryPattern: boolean,
    executionMode: number,
    profiling: boolean,
    profilePrefix: number,
    logId: number,
    logSeverity: number,
    logVerbosity: number,
    optimizedPath: number,
  ): number;
  _OrtAddSessionConfigEntry(options: number, key: number, value: number): number;
  _OrtReleaseSessionOptions(options: number): number;
  _OrtCreateSession(model: number, length: number, options: number): number | Promise<number>;
  _OrtCreateTensor(type: number, data: number, bytes: number, dims: number, rank: number, location: number): number;
  _OrtReleaseTensor(tensor: number): number;
  _OrtRun(
    session: number,
    inputNames: number,
    inputs: number,
    inputCount: number,
    outputNames: number,
    outputCount: number,
    outputs: number,
    options: number,
  ): number | Promise<number>;
}

/** The .ort format's bytes stay where they are and serve as weights; nothing is packed a second time. */
const LEAST_MEMORY: Readonly<Record<string, string>> = {
  "session.load_model_format": "ORT",
  "session.use_ort_model_bytes_directly": "1",
  "session.use_ort_model_bytes_for_initializers": "1",
  "session.disable_prepacking": "1",
};
/** An .onnx file is read into a graph of its own, and its bytes are given back. */
const AS_ONNX: Readonly<Record<string, string>> = { "session.load_model_format": "ONNX" };
/** Bytes 4 to 8 of a FlatBuffers file with ONNX Runtime's schema; an .onnx file is protobuf. */
const ORT_IDENTIFIER = "ORTM";

/**
 * Batches save a quarter of YAMNet's time and nothing of the larger nets' (npm run bench), whose batches only hold up
 * the first answer, other requests and memory. VGGish's dense layers also sum in another order for two windows than for
 * one, 3e-6 of the largest value apart; alone, a window's numbers do not depend on its neighbours.
 */
const SMALL_MODEL_BYTES = 16 * 1024 * 1024;
const SMALL_MODEL_BATCH = 8;
const LARGE_MODEL_BATCH = 1;

const LOG_ERROR = 3;
const FLOAT = 1;
const LOCATION_CPU = 1;
/** An .ort file was optimised when it was written. */
const NO_OPTIMIZATION = 0;
/** What onnxruntime does by itself: an .onnx file is as its maker left it. */
const ALL_OPTIMIZATIONS = 99;

/**
 * @param module  onnxruntime-web/ort-wasm-simd-threaded.wasm, compiled. Its memory is a shared one, which local workerd
 *   allows. Each session has an instance, so that a model that is dropped gives its memory back.
 */
export function ortWebEngine(module: CompiledModule): Engine {
  return {
    id: ORT_ID,
    name: ORT_NAME,
    load: async (bytes, contract) => OrtSession.create(await instantiate(await compiled(module)), bytes, contract),
  };
}

async function instantiate(module: WebAssembly.Module): Promise<Ort> {
  const ort = (await withoutProcess(() =>
    createOrt({
      numThreads: 1,
      locateFile: (file: string) => file,
      instantiateWasm(
        imports: WebAssembly.Imports,
        done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
      ) {
        const instance = new WebAssembly.Instance(module, imports);
        done(instance, module);
        return instance.exports;
      },
    }),
  )) as Ort;
  check(ort, ort._OrtInit(1, LOG_ERROR), "start");
  return ort;
}

/**
 * workerd has a `process` that looks like Node's, and the factory would go on to read files. It looks only before its
 * first await, so hiding the global for that long is enough.
 */
function withoutProcess<T>(make: () => T): T {
  const scope = globalThis as { process?: unknown };
  const { process } = scope;
  if (globalThis.navigator?.userAgent !== "Cloudflare-Workers") return make();
  scope.process = undefined;
  try {
    return make();
  } finally {
    scope.process = process;
  }
}

class OrtSession implements Session {
  readonly contract: NetContract;
  readonly batch: number;
  readonly #ort: Ort;
  readonly #handle: number;
  readonly #inputName: number;
  readonly #outputNames: readonly number[];
  /** Input and outputs of the largest batch so far. */
  #buffers: { batch: number; input: number; outputs: readonly number[] } = { batch: 0, input: 0, outputs: [] };

  private constructor(ort: Ort, handle: number, contract: NetContract, batch: number) {
    this.contract = contract;
    this.batch = batch;
    this.#ort = ort;
    this.#handle = handle;
    this.#inputName = allocString(ort, contract.input.name);
    this.#outputNames = contract.outputs.map(({ name }) => allocString(ort, name));
  }

  static async create(ort: Ort, bytes: ArtefactBytes, contract: NetContract): Promise<OrtSession> {
    const model = await taken(ort, bytes);
    const packed = String.fromCharCode(...ort.HEAPU8.subarray(model + 4, model + 8)) === ORT_IDENTIFIER;
    const level = packed ? NO_OPTIMIZATION : ALL_OPTIMIZATIONS;
    const options = ort._OrtCreateSessionOptions(level, false, false, 0, false, 0, 0, LOG_ERROR, 0, 0);
    for (const [key, value] of Object.entries(packed ? LEAST_MEMORY : AS_ONNX)) {
      const [k, v] = [allocString(ort, key), allocString(ort, value)];
      check(ort, ort._OrtAddSessionConfigEntry(options, k, v), `set ${key}`);
      ort._free(k);
      ort._free(v);
    }
    const handle = await ort._OrtCreateSession(model, bytes.length, options);
    ort._OrtReleaseSessionOptions(options);
    if (handle === 0) throw failure(ort, "make a session");
    if (!packed) ort._free(model);
    const useful = bytes.length < SMALL_MODEL_BYTES ? SMALL_MODEL_BATCH : LARGE_MODEL_BATCH;
    return new OrtSession(ort, handle, contract, Math.min(useful, contract.batch ?? useful));
  }

  get memory(): number {
    return this.#ort.HEAPU8.length;
  }

  run(windows: readonly Float32Array[]): NetOutputs {
    const ort = this.#ort;
    const batch = windows.length;
    const { input, outputs } = this.contract;
    const size = sizeOf(input);
    const buffers = this.#reserve(batch);
    for (const [at, window] of windows.entries()) {
      new Float32Array(ort.HEAPU8.buffer, buffers.input + 4 * at * size, size).set(window);
    }
    const stack = ort.stackSave();
    const tensors: number[] = [];
    const tensor = (data: number, { shape }: TensorSpec) => {
      const dims = [batch, ...shape];
      const list = ort.stackAlloc(4 * dims.length);
      for (const [at, size] of dims.entries()) ort.setValue(list + 4 * at, size, "i32");
      const bytes = 4 * dims.reduce((product, size) => product * size, 1);
      const handle = ort._OrtCreateTensor(FLOAT, data, bytes, list, dims.length, LOCATION_CPU);
      if (handle === 0) throw failure(ort, "make a tensor");
      tensors.push(handle);
      return handle;
    };
    try {
      const inputs = pointers(ort, [tensor(buffers.input, input)]);
      const results = pointers(
        ort,
        outputs.map((output, at) => tensor(buffers.outputs[at] as number, output)),
      );
      const inputNames = pointers(ort, [this.#inputName]);
      const outputNames = pointers(ort, this.#outputNames);
      const code = ort._OrtRun(this.#handle, inputNames, inputs, 1, outputNames, outputs.length, results, 0);
      // One thread and no asynchronous provider: OrtRun is done when it returns.
      check(ort, code as number, "run the net");
    } finally {
      for (const handle of tensors) ort._OrtReleaseTensor(handle);
      ort.stackRestore(stack);
    }
    return new Map(
      outputs.map((output, at) => {
        const data = buffers.outputs[at] as number;
        return [output.name, new Float32Array(ort.HEAPU8.buffer, data, batch * sizeOf(output)).slice()];
      }),
    );
  }

  #reserve(batch: number): { input: number; outputs: readonly number[] } {
    if (batch <= this.#buffers.batch) return this.#buffers;
    const ort = this.#ort;
    for (const old of [this.#buffers.input, ...this.#buffers.outputs]) if (old !== 0) ort._free(old);
    const { input, outputs } = this.contract;
    this.#buffers = {
      batch,
      input: ort._malloc(4 * batch * sizeOf(input)),
      outputs: outputs.map((output) => ort._malloc(4 * batch * sizeOf(output))),
    };
    return this.#buffers;
  }
}

/** The artefact's bytes in the instance's memory. */
async function taken(ort: Ort, { length, chunks }: ArtefactBytes): Promise<number> {
  const model = ort._malloc(length);
  if (model === 0) {
    throw new OrcaError("engine_failed", `There is no room for the model's ${length} bytes in WebAssembly memory.`);
  }
  let at = 0;
  for await (const chunk of chunks) {
    if (at + chunk.length > length) break;
    // HEAPU8 is replaced when the memory grows: take it each time.
    ort.HEAPU8.set(chunk, model + at);
    at += chunk.length;
  }
  if (at === length) return model;
  throw new OrcaError("model_damaged", `The model ended at byte ${at} of ${length}.`);
}

function pointers(ort: Ort, values: readonly number[]): number {
  const list = ort.stackAlloc(4 * values.length);
  for (const [at, value] of values.entries()) ort.setValue(list + 4 * at, value, "*");
  return list;
}

function allocString(ort: Ort, text: string): number {
  const size = ort.lengthBytesUTF8(text) + 1;
  const p = ort._malloc(size);
  ort.stringToUTF8(text, p, size);
  return p;
}

function check(ort: Ort, code: number, doing: string): void {
  if (code !== 0) throw failure(ort, doing);
}

function failure(ort: Ort, doing: string): OrcaError {
  const stack = ort.stackSave();
  try {
    const out = ort.stackAlloc(8);
    ort._OrtGetLastError(out, out + 4);
    const text = ort.getValue(out + 4, "*");
    const message = text === 0 ? "no message" : ort.UTF8ToString(text);
    return new OrcaError("engine_failed", `onnxruntime-web could not ${doing}: ${message}`);
  } finally {
    ort.stackRestore(stack);
  }
}
