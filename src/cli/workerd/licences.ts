import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** What stands before and between the licences of those whose code is in a bundle. */
const RULE = "-".repeat(100);

/**
 * The licences of the packages that a bundle was made of, one after the other, as their authors give them; NOTICE has those
 * of the codecs.
 * @param inputs  files that went into the bundle, as esbuild's metafile names them
 */
export async function licencesOf(inputs: readonly string[]): Promise<string> {
  const found = inputs.flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  const texts: string[] = [];
  for (const name of [...new Set(found)].sort()) {
    const folder = join(root, "node_modules", name);
    const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Readonly<Record<string, string>>;
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? without(about.license) : await readFile(join(folder, file), "utf8");
    texts.push(`${RULE}\n${name} ${about.version}: ${about.license}\n${RULE}\n\n${text.trim()}\n`);
  }
  return texts.join("\n");
}

/** What stands in place of a text that a package does not bring. */
function without(licence = ""): string {
  return licence === "Apache-2.0"
    ? "(Its text is that of this project's LICENSE.)"
    : "(The package has no file with its text.)";
}
