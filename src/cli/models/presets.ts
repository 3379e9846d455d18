import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DescriptionFile, parseDescriptionFile } from "../../convert/add/described.ts";
import { OrcaError } from "../../errors.ts";
import { PRESETS_FOLDER } from "../../runtime.node.ts";

/** Names of the descriptions that come along: one JSON file each, and nothing else names them. */
export async function presetNames(): Promise<string[]> {
  const files = await readdir(PRESETS_FOLDER);
  return files.flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : [])).sort();
}

/** Throws `unknown_model`. */
export async function preset(name: string): Promise<DescriptionFile> {
  const names = await presetNames();
  if (!names.includes(name)) {
    throw new OrcaError("unknown_model", `There is no preset ${JSON.stringify(name)}.`, {
      hint: `Presets are: ${names.join(", ")}. Or describe the model: --describe FILE.json (docs/models.md).`,
    });
  }
  return parseDescriptionFile(await readFile(join(PRESETS_FOLDER, `${name}.json`), "utf8"), `the preset ${name}`);
}
