import { readFileSync } from "node:fs";
import { Kernels } from "../../src/kernels/index.ts";

/** The kernels as the build made them; vitest's set-up builds them first. */
export const kernelModule = new WebAssembly.Module(readFileSync(new URL("../../build/kernels.wasm", import.meta.url)));

export function newKernels(): Kernels {
  return new Kernels(kernelModule);
}

/** All that a stage gives for `parts`, as one array. */
export function collect(
  stage: { push(part: Float32Array): Iterable<Float32Array>; flush?(): Iterable<Float32Array> },
  parts: Iterable<Float32Array>,
): Float32Array {
  const out: number[] = [];
  for (const part of parts) for (const run of stage.push(part)) for (const value of run) out.push(value);
  for (const run of stage.flush?.() ?? []) for (const value of run) out.push(value);
  return Float32Array.from(out);
}
