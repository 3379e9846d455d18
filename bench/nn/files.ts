import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { writeOnnx } from "../../src/convert/onnx-writer.ts";
import { writeOrt } from "../../src/convert/ort/write-ort.ts";
import { packModel } from "../../src/convert/pack/pack-model.ts";
import { seededModel } from "../../src/convert/seeded-models.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import { VARIANTS } from "../../src/nn/index.ts";
import type { KernelModules } from "../../src/nn/module.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** The nets with seeded weights in each engine's format: speed does not depend on what was learned. */
export const folder = `${root}build/nn-bench`;

function graphOf(net: string) {
  const model = catalogued(net);
  return model.graph(seededModel(model));
}

export function kernelModules(): Required<KernelModules> {
  const read = (name: string) => new WebAssembly.Module(readFileSync(`${root}build/nn-${name}.wasm`));
  return { relaxed: read("relaxed"), simd: read("simd") };
}

export function ortWebModule(): WebAssembly.Module {
  const path = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
  return new WebAssembly.Module(readFileSync(path));
}

/** Makes what is not there yet; packed models are made anew, because the planner may have changed. */
export async function makeFiles(nets: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const net of nets) {
    const onnx = `${folder}/${net}.onnx`;
    const ort = `${folder}/${net}-ort.bin`;
    if (!existsSync(onnx)) await writeFile(onnx, writeOnnx(graphOf(net)));
    if (!existsSync(ort)) await writeFile(ort, writeOrt(graphOf(net)));
    for (const variant of VARIANTS) {
      const { parts } = await packModel(readFileSync(onnx), variant, kernelModules());
      await writeFile(`${folder}/${net}-${variant}.bin`, parts);
    }
  }
}

export async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  const piece = new Uint8Array(1 << 20);
  for (let { bytesRead } = await file.read(piece); bytesRead > 0; { bytesRead } = await file.read(piece)) {
    yield piece.subarray(0, bytesRead);
  }
  await file.close();
}

export function fileLength(path: string): number {
  return statSync(path).size;
}
