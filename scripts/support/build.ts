import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { main as asc } from "assemblyscript/asc";
import { prepareModels } from "../../src/cli/models/prepare.ts";
import { layOutAssets } from "../../src/cli/workerd/assets.ts";
import { MODELS_FOLDER } from "../../src/runtime.node.ts";
import { extractCodecs } from "./codecs.ts";
import { buildPage } from "./page.ts";
import { unroll } from "./unroll.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface AsConfig {
  readonly targets: Readonly<Record<string, { readonly outFile: string }>>;
}

/** Each module of assembly/: its configuration and target. The inference kernels come with relaxed and plain SIMD. */
const MODULES = [
  ["asconfig.json", "release"],
  ["asconfig.aac.json", "release"],
  ["asconfig.flac.json", "release"],
  ["asconfig.alac.json", "release"],
  ["asconfig.vectors.json", "release"],
  ["asconfig.nn.json", "relaxed"],
  ["asconfig.nn.json", "simd"],
] as const;

/** Compiles assembly/ to build/*.wasm, where it has changed since the last time, and takes the other codecs' modules out of
 * their packages. */
export async function buildKernels(): Promise<void> {
  await extractCodecs();
  const stampFile = join(root, "build/kernels.stamp");
  const stamp = await stampOfKernels();
  const last = await readFile(stampFile, "utf8").catch(() => "");
  if (last === stamp && (await outFiles()).every((file) => existsSync(join(root, file)))) return;
  await rm(stampFile, { force: true });
  for (const [config, target] of MODULES) {
    const options = ["--config", config, "--target", target, "--baseDir", root];
    const { error, stderr } = await asc(options, { readFile: readSource });
    if (error) throw new Error(`The kernels of ${config} do not compile: ${error.message}\n${stderr.toString()}`);
  }
  await writeFile(stampFile, stamp);
}

/** A file as the compiler is to see it; null where there is none. */
async function readSource(file: string, folder: string): Promise<string | null> {
  const path = join(folder, file);
  if (!existsSync(path)) return null;
  const text = await readFile(path, "utf8");
  return file.endsWith(".ts") ? unroll(text) : text;
}

async function outFiles(): Promise<string[]> {
  return Promise.all(
    MODULES.map(async ([config, target]) => {
      const { targets } = JSON.parse(await readFile(join(root, config), "utf8")) as AsConfig;
      return targets[target]?.outFile ?? "";
    }),
  );
}

/** Changes with anything that the kernels are made by. */
async function stampOfKernels(): Promise<string> {
  const hash = createHash("sha256");
  const sources = (await readdir(join(root, "assembly"), { recursive: true })).filter((file) => file.endsWith(".ts"));
  const settings = new Set(MODULES.map(([config]) => config));
  const compiler = ["node_modules/assemblyscript/package.json", "scripts/support/unroll.ts"];
  for (const file of [...sources.sort().map((source) => `assembly/${source}`), ...settings, ...compiler]) {
    hash.update(`${file}\n`).update(await readFile(join(root, file)));
  }
  return hash.digest("hex");
}

/** All that the Worker needs: kernels, models (seeded where there are none, without the network), assets. */
export async function buildAll(say: (sentence: string) => void = console.log): Promise<void> {
  say("Building the kernels (AssemblyScript to WebAssembly) …");
  await buildKernels();
  say("Preparing the models …");
  await prepareModels({ models: MODELS_FOLDER, offline: true }, say);
  const assets = join(root, "dist/assets");
  await layOutAssets(MODELS_FOLDER, assets);
  await buildPage(assets);
}
