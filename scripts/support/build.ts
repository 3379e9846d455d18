import { fileURLToPath } from "node:url";
import { main as asc } from "assemblyscript/asc";
import { prepareModels } from "../../src/cli/models.ts";
import { MODELS_FOLDER } from "../../src/runtime.node.ts";
import { layOutAssets } from "./assets.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Compiles assembly/ to build/kernels.wasm, as asconfig.json says. */
export async function buildKernels(): Promise<void> {
  const { error, stderr } = await asc(["--config", "asconfig.json", "--target", "release", "--baseDir", root]);
  if (error) throw new Error(`The kernels do not compile: ${error.message}\n${stderr.toString()}`);
}

/** All that the Worker needs: kernels, models (seeded where there are none), assets. */
export async function buildAll(say: (sentence: string) => void = console.log): Promise<void> {
  say("Building the kernels (AssemblyScript to WebAssembly) …");
  await buildKernels();
  say("Preparing the models …");
  await prepareModels({ models: MODELS_FOLDER }, say);
  await layOutAssets();
}
