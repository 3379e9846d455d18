import { copyFile, link, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readManifest, servedFiles } from "../../convert/models-folder.ts";
import { MANIFEST_FILE } from "../../onnx/manifest.ts";

/**
 * Lays out a folder that wrangler can serve: the manifest and what is served of each model below models/, as hard
 * links, so that nothing is stored twice.
 */
export async function layOutAssets(models: string, assets: string): Promise<void> {
  const target = join(assets, "models");
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const { models: entries } = await readManifest(models);
  for (const file of [MANIFEST_FILE, ...entries.flatMap(servedFiles).map((served) => served.file)]) {
    const [from, to] = [join(models, file), join(target, file)];
    // Another file system takes no link.
    await link(from, to).catch(() => copyFile(from, to));
  }
}
