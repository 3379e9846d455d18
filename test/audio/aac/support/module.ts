import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AudioDecoder } from "../../../../src/audio/index.ts";

/** build/aac.wasm, as npm test makes it. */
export const aacModule = new WebAssembly.Module(
  readFileSync(fileURLToPath(new URL("../../../../build/aac.wasm", import.meta.url))),
);

/** All samples that a decoder gives for `pieces`, as one array. */
export function decodeAll(decoder: AudioDecoder, pieces: Iterable<Uint8Array>): Float32Array<ArrayBuffer> {
  const runs: Float32Array[] = [];
  for (const piece of pieces) for (const run of decoder.push(piece)) runs.push(run.slice());
  for (const run of decoder.flush()) runs.push(run.slice());
  const out = new Float32Array(runs.reduce((sum, run) => sum + run.length, 0));
  let at = 0;
  for (const run of runs) {
    out.set(run, at);
    at += run.length;
  }
  return out;
}
