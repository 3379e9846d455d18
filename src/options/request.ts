import type { RawFormat } from "../audio/index.ts";
import { DEFAULT_OPTIONS, type EmbedOptions } from "../embed/index.ts";
import type { OptionSet, ValuesOf } from "./option.ts";

/** What the values mean to the pipeline: each option says it itself. */
export function embedOptions<S extends OptionSet>(
  set: S,
  values: ValuesOf<S>,
  raw: RawFormat | undefined = undefined,
): EmbedOptions {
  let options: EmbedOptions = raw === undefined ? DEFAULT_OPTIONS : { ...DEFAULT_OPTIONS, raw };
  for (const [key, { embed }] of Object.entries(set)) {
    const value: unknown = values[key];
    if (value !== undefined && value !== null) options = { ...options, ...embed?.(value) };
  }
  return options;
}
