import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { AudioDecoder } from "../../../../src/audio/index.ts";
import { joinFloats } from "../../../../src/join.ts";

/** build/aac.wasm, as npm test makes it. */
export const aacModule = new WebAssembly.Module(
  readFileSync(fileURLToPath(new URL("../../../../build/aac.wasm", import.meta.url))),
);

/** All samples that a decoder gives for `pieces`, as one array. */
export function decodeAll(decoder: AudioDecoder, pieces: Iterable<Uint8Array>): Float32Array<ArrayBuffer> {
  const runs: Float32Array[] = [];
  for (const piece of pieces) for (const run of decoder.push(piece)) runs.push(run.slice());
  for (const run of decoder.flush()) runs.push(run.slice());
  return joinFloats(runs);
}
