import { readFileSync } from "node:fs";
import { CODECS, type CodecModules } from "../../src/audio/index.ts";
import { joinFloats } from "../../src/join.ts";
import { Kernels } from "../../src/kernels/index.ts";

/** The kernels as the build made them; vitest's set-up builds them first. */
export const kernelModule = new WebAssembly.Module(readFileSync(new URL("../../build/kernels.wasm", import.meta.url)));

/** The codecs' modules, from the same build. */
export const codecModules: CodecModules = Object.fromEntries(
  CODECS.map((codec) => [
    codec,
    new WebAssembly.Module(readFileSync(new URL(`../../build/${codec}.wasm`, import.meta.url))),
  ]),
);

export function newKernels(): Kernels {
  return new Kernels(kernelModule);
}

/** All that a stage gives for `parts`, as one array. */
export function collect<Part>(
  stage: { push(part: Part): Iterable<Float32Array>; flush?(): Iterable<Float32Array> },
  parts: Iterable<Part>,
): Float32Array {
  const runs: Float32Array[] = [];
  for (const part of parts) for (const run of stage.push(part)) runs.push(run.slice());
  for (const run of stage.flush?.() ?? []) runs.push(run.slice());
  return joinFloats(runs);
}
