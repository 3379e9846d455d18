import { createHash } from "node:crypto";
import { copyFile, readdir, rename } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { writingInto } from "../../errors.ts";
import { STATE_FOLDER } from "../recordings/index.ts";

/**
 * Puts the manifests of merged collections beside the merged one's own, where a run reads them too: so `collect` goes on with
 * it, and knows what was collected in its parts. @param paths  of the collections, one a model
 */
export async function copyManifests(paths: readonly string[], into: string): Promise<void> {
  const state = join(into, STATE_FOLDER);
  for (const folder of new Set(paths.map((path) => dirname(resolve(path))))) {
    const names = await readdir(join(folder, STATE_FOLDER)).catch(() => []);
    for (const name of names.filter((one) => /^manifest.*\.ndjson$/.test(one))) {
      const from = join(folder, STATE_FOLDER, name);
      const digest = createHash("sha256").update(from).digest("hex").slice(0, 16);
      const draft = join(state, `copied-${digest}.part`);
      await writingInto(state, async () => {
        await copyFile(from, draft);
        await rename(draft, join(state, `manifest-of-${digest}.ndjson`));
      });
    }
  }
}
