import type { Call, KernelName } from "../../nn/calls.ts";
import { ALIGNMENT, type Argument, type BufferSpec, type Level, type Step } from "../../nn/packed-format.ts";

/** Collects the steps, buffers and constants of a packed model as layers are turned into kernel calls. */
export class Program {
  readonly steps: Step[] = [];
  readonly buffers: BufferSpec[] = [];
  readonly levels: Level[] = [];
  readonly constants: Uint8Array[] = [];
  #constantBytes = 0;
  readonly #known = new Map<string, Argument>();

  get constantBytes(): number {
    return this.#constantBytes;
  }

  /** `bytes` for each window at hand. */
  buffer(bytes: number): number {
    return this.buffers.push({ window: bytes, fixed: 0 }) - 1;
  }

  /** `bytes` whatever the number of windows. */
  scratch(bytes: number): Argument {
    return { buffer: this.buffers.push({ window: 0, fixed: bytes }) - 1 };
  }

  constant(values: Float32Array | Uint32Array | Int8Array): Argument {
    const at = this.#constantBytes;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const padding = (ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT;
    this.constants.push(bytes);
    if (padding > 0) this.constants.push(new Uint8Array(padding));
    this.#constantBytes += bytes.length + padding;
    return { constant: at };
  }

  /** A constant that several steps share, made once. */
  shared(key: string, make: () => Float32Array | Uint32Array): Argument {
    const known = this.#known.get(key) ?? this.constant(make());
    this.#known.set(key, known);
    return known;
  }

  /** Adds a call that takes `chunk` windows at a time; chunks never shrink from call to call. */
  call<Name extends KernelName>(chunk: number, kernel: Name, call: Call<Name, Argument>): void {
    this.steps.push({ kernel, call });
    const last = this.levels.at(-1);
    if (last?.chunk === chunk) this.levels[this.levels.length - 1] = { chunk, end: this.steps.length };
    else this.levels.push({ chunk, end: this.steps.length });
  }
}
