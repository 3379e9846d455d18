import type { RawFormat } from "../audio/index.ts";
import { DEFAULT_OPTIONS, type EmbedOptions } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
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
  if (options.zoneOverrules === true && options.zone === undefined) {
    throw new OrcaError("bad_option", "zone-overrules is for a zone, and no zone was given.", {
      field: "zone-overrules",
      hint: "Give the zone too, or leave zone-overrules away.",
    });
  }
  return options;
}
