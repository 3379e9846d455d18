import { type ASUtil, instantiateSync } from "@assemblyscript/loader";

/** The exports of assembly/index.ts; every `usize` is a byte address in `memory`. */
export interface KernelExports extends Record<string, unknown> {
  readonly memory: WebAssembly.Memory;
  alloc(bytes: number): number;
  columnProducts(x: number, rows: number, dims: number, w: number, columns: number, out: number): void;
  rowProducts(x: number, rows: number, dims: number, r: number, columns: number, g: number): void;
  swapBytes(p: number, count: number, width: number): void;
  toFloat(format: number, src: number, dst: number, count: number, tally: number): void;
  pickChannel(src: number, dst: number, frames: number, channels: number, channel: number): void;
  meanChannels(src: number, dst: number, frames: number, channels: number): void;
  filterRows(rows: number, rowBytes: number, starts: number, groups: number, advance: number): number;
  resampleGroups(filters: number, x: number, first: number, count: number, dst: number): void;
  spacedFilters(bank: number, rowBytes: number, phases: number, l: number, m: number): number;
  resampleBetween(filters: number, x: number, numerator: number, count: number, dst: number): void;
  melSpectrum(
    windowLength: number,
    fftLength: number,
    bands: number,
    weights: number,
    firstBin: number,
    lastBin: number,
  ): number;
  melRangeOf(spectrum: number): number;
  melWeightOf(spectrum: number): number;
  logMel(spectrum: number, hop: number, offset: number): number;
  logMelFrames(logMel: number, x: number, frames: number, out: number): void;
  pcen(spectrum: number, hop: number, smooth: number, floor: number): number;
  pcenParameters(pcen: number): number;
  pcenReady(pcen: number): void;
  pcenRestart(pcen: number): void;
  pcenFrames(pcen: number, x: number, frames: number, out: number): void;
  melDb(spectrum: number, hop: number, power: number, amin: number, topDb: number): number;
  melDbFrames(melDb: number, x: number, frames: number, out: number): void;
}

/**
 * One instance of the kernel module: the memory and the functions of one stream of audio. Instances are cheap; drop it
 * with the stream. Views are made anew at each call, because memory that grows replaces its buffer.
 */
export class Kernels {
  readonly run: ASUtil & KernelExports;

  /** @param module  build/kernels.wasm, compiled (workerd imports it compiled; Node compiles the file once) */
  constructor(module: WebAssembly.Module) {
    this.run = instantiateSync<KernelExports>(module).exports;
  }

  /** Reserves `count` numbers of `bytesEach`, zeroed, aligned to 16 and padded by 32 bytes for whole-vector access. */
  alloc(count: number, bytesEach: number): number {
    return this.run.alloc(count * bytesEach + 32);
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.run.memory.buffer, at, length);
  }

  int32(at: number, length: number): Int32Array {
    return new Int32Array(this.run.memory.buffer, at, length);
  }

  uint32(at: number, length: number): Uint32Array {
    return new Uint32Array(this.run.memory.buffer, at, length);
  }

  float32(at: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.run.memory.buffer as ArrayBuffer, at, length);
  }

  float64(at: number, length: number): Float64Array {
    return new Float64Array(this.run.memory.buffer, at, length);
  }
}
