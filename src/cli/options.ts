import type { EmbedOptions } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import { embeddingsRequest } from "../http/options.ts";
import { MODEL_NAMES, type ModelName } from "../models/index.ts";
import { ENGINES, type EngineName } from "../onnx/index.ts";
import type { Encoding } from "../output/index.ts";
import { FORMATS, type Format } from "./extract/formats.ts";

/** The parts of a list like `ndjson,npz`; throws `bad_option` for one that is not in `known`. */
export function listOf<T extends string>(text: string, known: readonly T[], field: string): T[] {
  return text.split(",").map((part) => {
    const found = known.find((name) => name === part.trim());
    if (found !== undefined) return found;
    throw new OrcaError("bad_option", `--${field} ${part} is not known.`, { field, hint: `Use ${known.join(", ")}.` });
  });
}

export const modelList = (text: string): ModelName[] =>
  text === "all" ? [...MODEL_NAMES] : listOf(text, MODEL_NAMES, "model");
/** One model's name; throws `bad_option`. */
export function modelName(text: string): ModelName {
  const [name, ...more] = listOf(text, MODEL_NAMES, "model");
  if (name !== undefined && more.length === 0) return name;
  throw new OrcaError("bad_option", `${text} are several models; give one.`, { field: "model" });
}
/** One engine's name; throws `bad_option`. */
export function engineName(text: string): EngineName {
  const engine = ENGINES.find((name) => name === text);
  if (engine !== undefined) return engine;
  throw new OrcaError("bad_option", `--engine ${text} is not known.`, {
    field: "engine",
    hint: `Use ${ENGINES.join(" or ")}.`,
  });
}
export const formatList = (text: string): Format[] => listOf(text, FORMATS, "format");

/** The options that the HTTP interface knows too, read by the same rules. */
export function embedOptions(given: Readonly<Record<string, string | undefined>>): {
  options: EmbedOptions;
  variant: string;
  engine: EngineName;
  encoding: Encoding;
} {
  const query = Object.fromEntries(
    Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  return embeddingsRequest({ model: "yamnet", ...query }, "");
}
