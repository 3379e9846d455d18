import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { OrcaError } from "../errors.ts";

const APACHE = "Apache-2.0";

/** The licence's text, where it is one: the package's own LICENSE is the same. */
export async function licenceText(licence: string): Promise<string | undefined> {
  return licence === APACHE ? readFile(join(await packageRoot(), "LICENSE"), "utf8") : undefined;
}

/** The nearest folder above this file that has a package.json; how far up depends on whether the code is bundled. */
async function packageRoot(): Promise<string> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (await stat(join(folder, "package.json")).catch(() => undefined)) return folder;
    if (folder === dirname(folder)) throw new OrcaError("internal", "The package's own folder was not found.");
  }
}
