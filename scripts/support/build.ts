import { fileURLToPath } from "node:url";
import { main as asc } from "assemblyscript/asc";
import { prepareModels } from "../../src/cli/models.ts";
import { MODELS_FOLDER } from "../../src/runtime.node.ts";
import { layOutAssets } from "./assets.ts";
import { extractCodecs } from "./codecs.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Each module of assembly/: its configuration and target. The inference kernels come with relaxed and plain SIMD. */
const MODULES = [
  ["asconfig.json", "release"],
  ["asconfig.aac.json", "release"],
  ["asconfig.flac.json", "release"],
  ["asconfig.nn.json", "relaxed"],
  ["asconfig.nn.json", "simd"],
] as const;

/** Compiles assembly/ to build/*.wasm, and takes the other codecs' modules out of their packages. */
export async function buildKernels(): Promise<void> {
  for (const [config, target] of MODULES) {
    const { error, stderr } = await asc(["--config", config, "--target", target, "--baseDir", root]);
    if (error) throw new Error(`The kernels of ${config} do not compile: ${error.message}\n${stderr.toString()}`);
  }
  await extractCodecs();
}

/** All that the Worker needs: kernels, models (seeded where there are none), assets. */
export async function buildAll(say: (sentence: string) => void = console.log): Promise<void> {
  say("Building the kernels (AssemblyScript to WebAssembly) …");
  await buildKernels();
  say("Preparing the models …");
  await prepareModels({ models: MODELS_FOLDER }, say);
  await layOutAssets();
}
