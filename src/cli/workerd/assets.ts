import { copyFile, link, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readManifest } from "../../convert/models-folder.ts";
import { isHeadFile } from "../../heads/index.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { MANIFEST_FILE, servedFiles } from "../../models/index.ts";

/** How a file comes to another place. */
export type Place = (from: string, to: string) => Promise<void>;

/** As a hard link, so that nothing is stored twice; another file system takes none. */
const linked: Place = (from, to) => link(from, to).catch(() => copyFile(from, to));

/** Lays out a folder that wrangler can serve: the manifest and what is served of each model, below models/. */
export async function layOutAssets(models: string, assets: string, place = linked): Promise<void> {
  const target = join(assets, "models");
  await rm(target, { recursive: true, force: true });
  await makeFolder(target);
  const { models: entries } = await readManifest(models);
  for (const file of [MANIFEST_FILE, ...entries.flatMap(servedFiles).map((served) => served.file)]) {
    await place(join(models, file), join(target, file));
  }
  // The operator's heads lie beside the models.
  for (const file of (await readdir(models)).filter(isHeadFile)) await place(join(models, file), join(target, file));
}
