import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPage } from "../../../scripts/support/page.ts";
import { layOutAssets, type Place } from "../../../src/cli/workerd/assets.ts";
import { seededFolder } from "../../support/test-models.ts";

/** Static assets with the page as it stands now, and the tests' models. Wrangler wants copies: see `assetsFolder`. */
export async function pageAssets(place?: Place): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "orca-page-"));
  await layOutAssets(seededFolder, folder, place);
  await buildPage(folder);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
