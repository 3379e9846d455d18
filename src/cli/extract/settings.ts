import { OrcaError } from "../../errors.ts";
import { type ModelEntry, weightsDigest } from "../../models/index.ts";
import type { Encoding } from "../../records/index.ts";
import type { Setup } from "./extract-one.ts";
import type { Format } from "./formats.ts";

/** What decides the numbers of a model's results, or the looks of a format: names and values as the manifest holds them. */
export type Settings = Readonly<Record<string, string>>;

/** What can be chosen about the looks of results. */
export interface Layout {
  readonly encoding: Encoding;
  readonly scores: boolean;
  readonly spectrogram: boolean;
  /** Raven: windows whose best score is below it have no row. */
  readonly minScore: number;
  /** Raven: names of classes; numbers stand for those that have none. */
  readonly classes: readonly string[];
}

/** What decides a model's numbers. Throws `bad_option` where a choice was made that the model does not have. */
export function modelSettings(
  entry: ModelEntry,
  { variant, engine, options }: Pick<Setup, "variant" | "engine" | "options">,
): Settings {
  const { raw, start, zone, channel, pcen, postprocess } = options;
  const { id, input, frontEnd, principalComponents } = entry.description;
  if (postprocess !== "none" && principalComponents === undefined) {
    throw new OrcaError(
      "bad_option",
      `--postprocess ${postprocess} is for models with principal components; ${id} has none.`,
      {
        field: "postprocess",
        hint: "Leave it away.",
      },
    );
  }
  const form = entry.variants[variant];
  return {
    variant,
    engine,
    channel: String(channel ?? input.channel),
    ...(frontEnd.kind === "pcen" ? { pcen } : {}),
    ...(principalComponents === undefined ? {} : { postprocess }),
    ...(postprocess === "pca" ? { pca: entry.components?.sha256 ?? "" } : {}),
    ...(raw === undefined
      ? {}
      : { pcm: `${raw.encoding}${raw.bigEndian ? "be" : "le"} ${raw.rate} Hz ${raw.channels}` }),
    ...(zone === undefined ? {} : { zone: `${zone} min` }),
    ...(start === undefined ? {} : { start: new Date(start.utc).toISOString() }),
    // What is not there is said when it is to be loaded.
    weights: form === undefined ? "" : weightsDigest(form),
  };
}

/** What decides how a format looks, beside the numbers. */
export function formatSettings(format: Format, layout: Layout): Settings {
  const { encoding, scores, spectrogram, minScore, classes } = layout;
  const include = [...(scores ? ["scores"] : []), ...(spectrogram ? ["spectrogram"] : [])].join(",");
  switch (format) {
    case "ndjson":
      return { include, encoding };
    case "csv":
      return { include: scores ? "scores" : "" };
    case "npz":
    case "parquet":
      return { include };
    case "raven":
      return { "min-score": String(minScore), classes: classes.length === 0 ? "numbered" : `${classes.length} names` };
  }
}

/** The first name whose values differ, in words, or undefined. */
export function difference(had: Settings, wanted: Settings): string | undefined {
  for (const name of new Set([...Object.keys(had), ...Object.keys(wanted)])) {
    const [before, now] = [had[name], wanted[name]];
    if (before !== now) return `${name} ${shown(before)}, and this run asks for ${name} ${shown(now)}`;
  }
  return undefined;
}

const shown = (value: string | undefined) =>
  value === undefined || value === "" ? "none" : /^[0-9a-f]{64}$/.test(value) ? `${value.slice(0, 12)}…` : value;
