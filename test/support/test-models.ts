import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { copyFile, link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleLibrary } from "../../scripts/support/library.ts";
import { packDefaults } from "../../src/cli/models/pack.ts";
import { layOutAssets } from "../../src/cli/workerd/assets.ts";
import { buildModel } from "../../src/convert/build-model.ts";
import { readManifest } from "../../src/convert/models-folder.ts";
import { openPublished } from "../../src/convert/published.ts";
import { SEEDED, seededModel } from "../../src/convert/seeded-models.ts";
import { CATALOGUE, catalogued } from "../../src/models/catalogue.ts";
import { kernelBuild, MODELS_FOLDER } from "../../src/runtime.node.ts";
import { sharedExists, sharedPath } from "./shared.ts";
import { thinWeights } from "./thin-models.ts";

const folder = fileURLToPath(new URL("../../build/test-models", import.meta.url));

/** All three models from seeded weights: the tests' own, whatever models/onnx holds. */
export const seededFolder = join(folder, "seeded");
/** The same with VGGish and Humpback at an eighth of their width: for runs in which the large nets prove nothing. */
export const lightFolder = join(folder, "light");
/** The same with the real YAMNet, where its weights are at hand. */
export const referenceFolder = join(folder, "reference");
/** `seededFolder` as wrangler serves it; copies, because a new link to a file is a change to who watches it. */
export const assetsFolder = join(folder, "assets");

/** vitest's global set-up: bundles the command line, and builds the folders above when the code that makes them has changed. */
export default async function setup(): Promise<void> {
  // Every project of the run calls this.
  if (process.env.ORCA_TESTS_SET_UP === String(process.pid)) return;
  process.env.ORCA_TESTS_SET_UP = String(process.pid);
  await bundleLibrary();
  const stamp = await stampOf();
  const stampFile = join(folder, "stamp");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  console.log("Building the tests' models …");
  await rm(folder, { recursive: true, force: true });
  if (await justBuilt()) await linkAll(MODELS_FOLDER, seededFolder);
  else {
    for (const model of CATALOGUE) {
      await buildModel(model, seededModel(model), SEEDED, seededFolder);
      await packDefaults(model.description.id, seededFolder);
    }
  }
  const yamnet = catalogued("yamnet");
  await buildModel(yamnet, seededModel(yamnet), SEEDED, lightFolder);
  for (const id of ["vggish", "humpback"]) await buildModel(catalogued(id), thinWeights(id), SEEDED, lightFolder);
  for (const { description } of CATALOGUE) await packDefaults(description.id, lightFolder);
  await linkAll(seededFolder, referenceFolder);
  await layOutAssets(seededFolder, assetsFolder, copyFile);
  if (sharedExists) {
    // The manifest must not be written through its link.
    await rm(join(referenceFolder, "manifest.json"));
    await writeFile(join(referenceFolder, "manifest.json"), JSON.stringify(await readManifest(seededFolder)));
    const trained = await openPublished(yamnet, sharedPath("weights/yamnet.h5"));
    await buildModel(yamnet, trained.weights, { ...SEEDED, weights: "trained" }, referenceFolder);
    await trained.dispose();
    await packDefaults("yamnet", referenceFolder);
  }
  await writeFile(stampFile, stamp);
}

/** Whether models/onnx is what these models would be: all three seeded, packed for these kernels, and nothing else. */
async function justBuilt(): Promise<boolean> {
  // A clean checkout's own build came just before; elsewhere an older one's models may lie there.
  if (process.env.CI !== "true") return false;
  const { models } = await readManifest(MODELS_FOLDER).catch(() => ({ models: [] }));
  const { fingerprint } = await kernelBuild();
  const ids = models.map(({ description }) => description.id).sort();
  const wanted = CATALOGUE.map(({ description }) => description.id).sort();
  const fresh = models.every(
    ({ weights, variants }) => weights === "seeded" && variants.int8?.artefacts.kernels?.build === fingerprint,
  );
  return fresh && ids.join() === wanted.join();
}

async function linkAll(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of await readdir(from)) if (file !== "README.md") await link(join(from, file), join(to, file));
}

/** Changes with anything that the models are made by. */
async function stampOf(): Promise<string> {
  const hash = createHash("sha256").update(String(sharedExists));
  const root = fileURLToPath(new URL("../../", import.meta.url));
  for (const folder of ["src/convert", "src/models", "src/onnx/file"]) {
    const files = (await readdir(join(root, folder), { recursive: true })).filter((file) => file.endsWith(".ts"));
    for (const file of files.sort()) hash.update(await readFile(join(root, folder, file)));
  }
  for (const file of ["thin-models.ts", "test-models.ts"])
    hash.update(await readFile(join(root, "test/support", file)));
  hash.update((await kernelBuild()).fingerprint);
  return hash.update(await readFile(join(root, "package-lock.json"))).digest("hex");
}
