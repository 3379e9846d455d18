import { type CompiledModule, compiled } from "../engines/index.ts";
import { OrcaError } from "../errors.ts";

/** The two builds of assembly/nn/, compiled: workerd compiles no WebAssembly from bytes. */
export interface KernelModules {
  /** Used where the runtime has relaxed SIMD. */
  readonly relaxed?: CompiledModule;
  readonly simd: CompiledModule;
}

/** An export of the kernels: most take the address of their call (calls.ts), and give nothing. */
export type Kernel = (call?: number) => number | undefined;

export interface KernelInstance {
  readonly memory: WebAssembly.Memory;
  kernel(name: string): Kernel;
}

/** (module (func (drop (f32x4.relaxed_madd (v128.const 0) (v128.const 0) (v128.const 0))))), by hand. */
const RELAXED_PROBE = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 2, 1, 0],
  ...[10, 62, 1, 60, 0],
  ...[0xfd, 12, ...new Array<number>(16).fill(0)],
  ...[0xfd, 12, ...new Array<number>(16).fill(0)],
  ...[0xfd, 12, ...new Array<number>(16).fill(0)],
  ...[0xfd, 0x85, 0x02, 0x1a, 0x0b],
]);

/** Whether this runtime has relaxed SIMD. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_PROBE);
}

/** The builds by what they need of the runtime. */
export type Level = "relaxed" | "simd";

/** A build, ready to be instantiated. */
export interface ChosenModule {
  readonly module: WebAssembly.Module;
  readonly level: Level;
}

/** What the runtime promises; whether the CPU keeps it, chooseModule finds out. */
export function promisedLevel({ relaxed }: KernelModules): Level {
  return relaxed !== undefined && hasRelaxedSimd() ? "relaxed" : "simd";
}

/**
 * The fastest build that runs here, and runs right. On x86-64 without AVX (Celerons and Atoms of small boxes) relaxed
 * SIMD gains nothing, for there is no fused multiply-add, and V8's relaxed dot product is wrong by what register it is
 * given; such a CPU is told by its multiply-add, which is not fused, and gets plain SIMD.
 */
export async function chooseModule(modules: KernelModules): Promise<ChosenModule> {
  if (modules.relaxed !== undefined && promisedLevel(modules) === "relaxed") {
    const module = await compiled(modules.relaxed);
    if (instantiate(module).kernel("fusesMadd")() === 1) return { module, level: "relaxed" };
  }
  return { module: await compiled(modules.simd), level: "simd" };
}

/** Below this lie the module's own data and scratch (asconfig.nn.json: memoryBase and initialMemory). */
export const FREE_MEMORY = 128 * 1024;
const PAGE = 64 * 1024;

export function instantiate(module: WebAssembly.Module): KernelInstance {
  const exports = new WebAssembly.Instance(module, {}).exports as Record<string, unknown>;
  const memory = exports.memory as WebAssembly.Memory;
  return {
    memory,
    kernel(name) {
      const kernel = exports[name];
      if (typeof kernel !== "function" || !Object.hasOwn(exports, name)) {
        throw new OrcaError(
          "model_damaged",
          `The packed model asks for a kernel ${name}, which this version has not.`,
          {
            hint: "Pack it again.",
          },
        );
      }
      return kernel as Kernel;
    },
  };
}

/** Makes memory at least `bytes` long; views of its buffer must be made again. Throws `engine_failed`. */
export function growTo(memory: WebAssembly.Memory, bytes: number): void {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE);
  if (missing <= 0) return;
  try {
    memory.grow(missing);
  } catch (cause) {
    throw new OrcaError("engine_failed", `There is no room for ${bytes} bytes of WebAssembly memory.`, { cause });
  }
}
