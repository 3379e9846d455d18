import type { NetContract, NetOutputs, Session } from "../engines/index.ts";
import { OrcaError } from "../errors.ts";
import { type Arena, layOut } from "./arena.ts";
import { layOutCalls, type ReadyStep } from "./call-blocks.ts";
import { FREE_MEMORY, growTo, type KernelInstance } from "./module.ts";
import { ALIGNMENT, type OutputSpec, type PackedHeader } from "./packed-format.ts";

/** Where the constants lie in memory; the steps' calls and working memory follow them. */
export const CONSTANTS_AT = FREE_MEMORY;

/** Runs a packed model's steps. Its memory grows with the largest batch so far, up to the program's own chunks. */
export class KernelSession implements Session {
  readonly contract: NetContract;
  readonly batch: number;
  readonly #header: PackedHeader;
  readonly #instance: KernelInstance;
  readonly #steps: readonly ReadyStep[];
  readonly #arenaAt: number;
  readonly #outermost: number;
  /** Those that are wanted. */
  readonly #outputs: readonly OutputSpec[];
  #capacity = 0;
  /** All memory, anew whenever it grows. */
  #words: Int32Array;
  #arena: Arena = { offsets: [], windows: [], bytes: 0 };

  /** @param instance  with the constants already at CONSTANTS_AT */
  constructor(header: PackedHeader, instance: KernelInstance, contract: NetContract) {
    this.contract = contract;
    this.#header = header;
    this.#outputs = header.outputs.filter(({ name }) => contract.outputs.some((wanted) => wanted.name === name));
    this.#instance = instance;
    const callsAt = CONSTANTS_AT + aligned(header.constants);
    const { steps, words } = layOutCalls(header.steps, instance, CONSTANTS_AT, callsAt);
    this.#steps = steps;
    this.#arenaAt = callsAt + aligned(words.byteLength);
    growTo(instance.memory, this.#arenaAt);
    this.#words = new Int32Array(instance.memory.buffer);
    this.#words.set(words, callsAt / words.BYTES_PER_ELEMENT);
    this.#outermost = header.levels.length - 1;
    this.batch = header.levels[this.#outermost]?.chunk ?? 1;
  }

  get memory(): number {
    return this.#instance.memory.buffer.byteLength;
  }

  run(windows: readonly Float32Array[]): NetOutputs {
    for (const [at, window] of windows.entries()) this.#check(window, at);
    const [frames, bands] = this.#header.window;
    const { input } = this.#header;
    const outputs = this.#outputs;
    const results = outputs.map(({ pixels, channels }) => new Float32Array(windows.length * pixels * channels));
    for (let at = 0; at < windows.length; at += this.batch) {
      const count = Math.min(this.batch, windows.length - at);
      this.#reserve(count);
      const place = this.#view(input, count * frames * bands);
      for (let i = 0; i < count; i++) place.set(windows[at + i] as Float32Array, i * frames * bands);
      this.#executeAll(count);
      for (const [which, output] of outputs.entries()) {
        this.#copyOut(output, results[which] as Float32Array, at, count);
      }
    }
    return new Map(outputs.map(({ name }, at) => [name, results[at] as Float32Array<ArrayBuffer>]));
  }

  #check(window: Float32Array, at: number): void {
    const [frames, bands] = this.#header.window;
    if (window.length !== frames * bands) {
      throw new OrcaError(
        "engine_failed",
        `Window ${at} has ${window.length} numbers; ${frames} frames x ${bands} bands were expected.`,
      );
    }
    // The kernels' maxima would lose a NaN without a word.
    const bad = firstNotFinite(window);
    if (bad === -1) return;
    const place = `frame ${Math.floor(bad / bands)}, band ${bad % bands} of window ${at}`;
    throw new OrcaError("engine_failed", `The input is ${window[bad]} at ${place}.`);
  }

  #executeAll(count: number): void {
    try {
      this.#execute(this.#outermost, 0, count);
    } catch (cause) {
      if (!(cause instanceof WebAssembly.RuntimeError)) throw cause;
      const { name, variant } = this.#header;
      throw new OrcaError("engine_failed", `A kernel of ${name} (${variant}) failed: ${cause.message}.`, {
        hint: "Is the packed model damaged? Pack it again.",
        cause,
      });
    }
  }

  /** Runs a level's steps for `count` windows from `first`, after the inner levels' for each of their chunks. */
  #execute(level: number, first: number, count: number): void {
    const { levels } = this.#header;
    const inner = levels[level - 1];
    if (inner !== undefined) {
      for (let at = first; at < first + count; at += inner.chunk) {
        this.#execute(level - 1, at, Math.min(inner.chunk, first + count - at));
      }
    }
    for (let at = inner?.end ?? 0; at < (levels[level]?.end ?? 0); at++) {
      const { kernel, address, open } = this.#steps[at] as ReadyStep;
      for (const { word, value } of open) {
        this.#words[word] = "windows" in value ? value.windows * count : this.#address(value.buffer, first);
      }
      kernel(address);
    }
  }

  #address(buffer: number, first: number): number {
    const place = first % (this.#arena.windows[buffer] as number);
    const { window = 0 } = this.#header.buffers[buffer] ?? {};
    return this.#arenaAt + (this.#arena.offsets[buffer] as number) + place * window;
  }

  #view(buffer: number, length: number): Float32Array {
    return new Float32Array(this.#instance.memory.buffer, this.#address(buffer, 0), length);
  }

  #copyOut(output: OutputSpec, to: Float32Array, first: number, count: number): void {
    const { buffer, pixels, channels, pitch, channelsFirst } = output;
    const from = this.#view(buffer, count * pixels * pitch);
    const row = pixels * channels;
    for (let window = 0; window < count; window++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const source = (window * pixels + pixel) * pitch;
        const start = (first + window) * row;
        if (channelsFirst && pixels > 1) {
          for (let c = 0; c < channels; c++) to[start + c * pixels + pixel] = from[source + c] as number;
        } else {
          to.set(from.subarray(source, source + channels), start + pixel * channels);
        }
      }
    }
  }

  #reserve(count: number): void {
    if (count <= this.#capacity) return;
    this.#capacity = count;
    this.#arena = layOut(this.#header, count);
    growTo(this.#instance.memory, this.#arenaAt + this.#arena.bytes);
    this.#words = new Int32Array(this.#instance.memory.buffer);
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** A loop by hand: findIndex takes as long for a window as one of YAMNet's layers. */
function firstNotFinite(values: Float32Array): number {
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) return at;
  return -1;
}
