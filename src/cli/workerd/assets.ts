import { copyFile, link, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST_FILE } from "../../onnx/manifest.ts";

/**
 * Lays out a folder that wrangler can serve: the manifest and the models' pieces below models/, as hard links, so that
 * nothing is stored twice. The whole .onnx files stay behind: they are for people, and larger than an asset may be.
 */
export async function layOutAssets(models: string, assets: string): Promise<void> {
  const target = join(assets, "models");
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const file of await readdir(models)) {
    if (file !== MANIFEST_FILE && !/\.\d{3}$/.test(file)) continue;
    const [from, to] = [join(models, file), join(target, file)];
    // Another file system takes no link.
    await link(from, to).catch(() => copyFile(from, to));
  }
}
