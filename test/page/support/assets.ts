import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layOutAssets } from "../../../scripts/support/assets.ts";
import { seededFolder } from "../../support/test-models.ts";

/** Static assets with the page as it stands now, and the tests' models. */
export async function pageAssets(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "orca-page-"));
  await layOutAssets(seededFolder, folder);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
