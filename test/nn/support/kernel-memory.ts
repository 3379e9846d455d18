import { CALLS, type Call, type KernelName } from "../../../src/nn/calls.ts";
import { FREE_MEMORY, growTo, instantiate } from "../../../src/nn/module.ts";
import { modules } from "./models.ts";

type Level = keyof typeof modules;
export const LEVELS: readonly Level[] = ["relaxed", "simd"];
/** Bytes of known content before and after every array: a kernel that writes past its own is found out. */
const GUARD = 64;
const GUARD_BYTE = 0x5a;

/** One instance of the kernels: arrays in, calls, arrays out. */
export class KernelMemory {
  readonly #instance;
  readonly #guards: number[] = [];
  #top = FREE_MEMORY;

  constructor(level: Level) {
    this.#instance = instantiate(modules[level]);
  }

  /** Calls a kernel with these numbers as its fields. */
  call<Name extends KernelName>(name: Name, call: Call<Name, number>): void {
    const fields: readonly string[] = CALLS[name];
    const values: Readonly<Record<string, number>> = call;
    this.#instance.kernel(name)(this.put(Int32Array.from(fields, (field) => values[field] as number)));
  }

  /** Room for `bytes` bytes at a multiple of 64. */
  room(bytes: number): number {
    const address = this.#top + GUARD;
    this.#top = Math.ceil((address + bytes) / 64) * 64;
    growTo(this.#instance.memory, this.#top + GUARD);
    const memory = new Uint8Array(this.#instance.memory.buffer);
    memory.fill(GUARD_BYTE, address - GUARD, address);
    memory.fill(GUARD_BYTE, address + bytes, this.#top + GUARD);
    this.#guards.push(address - GUARD, address, address + bytes, this.#top);
    return address;
  }

  put(values: Float32Array | Int8Array | Int32Array | Uint32Array): number {
    const address = this.room(values.byteLength);
    this.putAt(address, values);
    return address;
  }

  /** Into room that there is. */
  putAt(address: number, values: Float32Array | Int8Array | Int32Array | Uint32Array): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(this.#instance.memory.buffer).set(bytes, address);
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#instance.memory.buffer, address, count).slice();
  }

  bytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.#instance.memory.buffer, address, count).slice();
  }

  /** Whether all that lies between the arrays is as it was. */
  get intact(): boolean {
    const memory = new Uint8Array(this.#instance.memory.buffer);
    for (let i = 0; i < this.#guards.length; i += 2) {
      const between = memory.subarray(this.#guards[i], this.#guards[i + 1]);
      if (between.some((byte) => byte !== GUARD_BYTE)) return false;
    }
    return true;
  }
}

/** Numbers in [-1, 1) from a seed. */
export function noise(count: number, seed: number): Float32Array {
  let state = seed | 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** [count][...] row-major to one array a window. */
export function split(values: Float32Array, count: number): Float32Array[] {
  const size = values.length / count;
  return Array.from({ length: count }, (_, i) => values.subarray(i * size, (i + 1) * size));
}
