import { copyFile, link, mkdir, readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { MANIFEST_FILE } from "../../src/onnx/manifest.ts";

const root = new URL("../../", import.meta.url);
const from = new URL("models/onnx/", root);
const to = new URL("dist/assets/models/", root);

/** Lays out dist/assets, which wrangler serves: the models' pieces, as hard links, so that nothing is stored twice. */
export async function layOutAssets(): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  for (const file of await readdir(from)) {
    if (file !== MANIFEST_FILE && !/\.\d{3}$/.test(file)) continue;
    const [source, target] = [fileURLToPath(new URL(file, from)), fileURLToPath(new URL(file, to))];
    // Another file system takes no link.
    await link(source, target).catch(() => copyFile(source, target));
  }
}
