import { readManifest } from "../convert/models-folder.ts";
import type { EmbedOptions } from "../embed/index.ts";
import { ENGINE_CHOICES } from "../engines/index.ts";
import { OrcaError } from "../errors.ts";
import { embeddingsRequest } from "../http/options.ts";
import type { Encoding } from "../records/index.ts";
import { FORMATS, type Format } from "./extract/formats.ts";

/** The parts of a list like `ndjson,npz`; throws `bad_option` for one that is not in `known`. */
export function listOf<T extends string>(text: string, known: readonly T[], field: string): T[] {
  return text.split(",").map((part) => {
    const found = known.find((name) => name === part.trim());
    if (found !== undefined) return found;
    throw new OrcaError("bad_option", `--${field} ${part} is not known.`, { field, hint: `Use ${known.join(", ")}.` });
  });
}

/** Ids of models, with commas; `all` are those in the folder. Throws `models_missing` where all are none. */
export async function modelList(text: string, folder: string): Promise<string[]> {
  if (text !== "all") return [...new Set(text.split(",").map((part) => part.trim()))];
  const { models } = await readManifest(folder);
  if (models.length > 0) return models.map(({ description }) => description.id);
  throw new OrcaError("models_missing", `There are no models in ${folder}.`, { hint: "Prepare them: npm run models" });
}

/** The models that a command names, or all that are in the folder where it names none. */
export const namedOrAll = (names: readonly string[], folder: string) =>
  modelList(names.length === 0 ? "all" : names.join(","), folder);

/** One engine's name, or `auto`; throws `bad_option`. */
export function engineName(text: string): string {
  const engine = ENGINE_CHOICES.find((name) => name === text);
  if (engine !== undefined) return engine;
  throw new OrcaError("bad_option", `--engine ${text} is not known.`, {
    field: "engine",
    hint: `Use ${ENGINE_CHOICES.join(", ")}.`,
  });
}
export const formatList = (text: string): Format[] => listOf(text, FORMATS, "format");

/** The options that the HTTP interface knows too, read by the same rules. */
export function embedOptions(given: Readonly<Record<string, string | undefined>>): {
  options: EmbedOptions;
  variant: string;
  engine: string;
  encoding: Encoding;
} {
  const query = Object.fromEntries(
    Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  return embeddingsRequest({ model: "yamnet", ...query }, "");
}
