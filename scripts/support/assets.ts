import { copyFile, link, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MANIFEST_FILE } from "../../src/onnx/manifest.ts";
import { MODELS_FOLDER } from "../../src/runtime.node.ts";
import { buildPage } from "./page.ts";

const ASSETS = fileURLToPath(new URL("../../dist/assets", import.meta.url));

/**
 * Lays out a folder that wrangler can serve: the page, and the manifest, the models' pieces and VGGish's PCA below models/, as hard links, so that
 * nothing is stored twice. The whole .onnx files stay behind: they are for people, and larger than an asset may be.
 */
export async function layOutAssets(models: string = MODELS_FOLDER, assets: string = ASSETS): Promise<void> {
  const target = join(assets, "models");
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const file of await readdir(models)) {
    if (file !== MANIFEST_FILE && !/\.(\d{3}|f64)$/.test(file)) continue;
    const [from, to] = [join(models, file), join(target, file)];
    // Another file system takes no link.
    await link(from, to).catch(() => copyFile(from, to));
  }
  await buildPage(assets);
}
