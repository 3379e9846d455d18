import { z } from "@hono/zod-openapi";
import type { RawFormat } from "../audio/index.ts";
import type { EmbedOptions } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import { MAX_RATE, MIN_RATE, type PcmEncoding } from "../kernels/index.ts";
import { MODEL_ID, POSTPROCESSES } from "../models/index.ts";
import { ENCODINGS, type Encoding } from "../records/index.ts";
import { givenStart, zoneMinutes } from "../times/index.ts";
import { ANY_CHOICE, type Choices, chosenEngine } from "./choices.ts";

const PCM_LAYOUTS = [
  "u8",
  "s16le",
  "s16be",
  "s24le",
  "s24be",
  "s32le",
  "s32be",
  "s64le",
  "s64be",
  "f32le",
  "f32be",
  "f64le",
  "f64be",
] as const;

/** The query of POST /v1/embeddings; an option that is not here is an error, not a typing mistake in silence. */
export const EmbeddingsQuery = z
  .strictObject({
    model: z.string().regex(MODEL_ID).openapi({ description: "Which net.", example: "yamnet" }),
    variant: z.string().optional().openapi({
      description: "Which form of its weights: GET /v1/models lists them; the operator's setting where it is left out.",
      example: "int8",
    }),
    engine: z.string().optional().openapi({
      description:
        "What runs the net: auto, kernels or ort, where the operator allows it; its setting where it is left out.",
      example: "kernels",
    }),
    channel: z
      .string()
      .regex(/^(mean|\d{1,3})$/, "use mean or a channel's number, counted from 0")
      .optional()
      .openapi({
        description:
          "The mean of all channels, or one of them, counted from 0; the model's own choice, mostly the mean, where it is left out.",
      }),
    pcen: z.enum(["clip", "window"]).default("clip").openapi({
      description: "Humpback's smoother: once over the clip (as orca-embeddings), or anew each window (as score()).",
    }),
    postprocess: z.enum(POSTPROCESSES).default("none").openapi({
      description:
        "VGGish's embeddings as they are, or through its published PCA, clipped to [-2, 2], in 8 bits: whole numbers 0 to 255.",
    }),
    include: z.string().default("").openapi({
      description:
        "What comes beside the embedding: scores, spectrogram, or another output of the model by its name; several with commas.",
    }),
    encoding: z
      .enum(ENCODINGS)
      .default("numbers")
      .openapi({ description: "Arrays as JSON numbers, or as base64 of little-endian float32." }),
    pcm: z.enum(PCM_LAYOUTS).optional().openapi({ description: "The body is raw interleaved PCM of this layout." }),
    rate: z.coerce.number().int().min(MIN_RATE).max(MAX_RATE).optional().openapi({
      description: "Sample rate of raw PCM, Hz.",
    }),
    channels: z.coerce.number().int().min(1).max(256).optional().openapi({ description: "Channels of raw PCM; 1." }),
    start: z.string().optional().openapi({
      description: "When the first sample was taken: ISO 8601 with Z or an offset, or seconds since 1970.",
      example: "2024-05-01T12:00:00Z",
    }),
    file: z.string().max(1000).optional().openapi({
      description: "The recording's name, which may say when it began; a name in Content-Disposition does too.",
      example: "5783.210101120000.wav",
    }),
    zone: z.string().optional().openapi({
      description:
        "Zone of times in the recording or its name that state none: Z or an offset; UTC where it is left out.",
      example: "-07:00",
    }),
  })
  .openapi("EmbeddingsQuery");

export interface EmbeddingsRequest {
  readonly model: string;
  readonly variant: string;
  readonly engine: string;
  readonly encoding: Encoding;
  readonly options: EmbedOptions;
}

/**
 * The query and the Content-Type as options; throws `bad_option`, `unknown_model`.
 * @param choices  what holds where the query names no variant or engine, and what it may name
 */
export function embeddingsRequest(
  query: Readonly<Record<string, string>>,
  contentType: string,
  choices: Choices = ANY_CHOICE,
): EmbeddingsRequest {
  const parsed = EmbeddingsQuery.safeParse(query);
  if (!parsed.success) throw badQuery(parsed.error.issues[0], query);
  const {
    model,
    variant = choices.variant,
    channel,
    pcen,
    postprocess,
    include,
    encoding,
    start,
    file,
    zone,
  } = parsed.data;
  const included = include.split(",").filter((part) => part !== "");
  const raw = rawFormat(parsed.data, contentType);
  return {
    model,
    variant,
    engine: chosenEngine(parsed.data.engine, choices),
    encoding,
    options: {
      ...(channel === undefined ? {} : { channel: channel === "mean" ? channel : Number(channel) }),
      pcen,
      postprocess,
      scores: included.includes("scores"),
      spectrogram: included.includes("spectrogram"),
      outputs: included.filter((name) => name !== "scores" && name !== "spectrogram"),
      ...(raw === undefined ? {} : { raw }),
      ...(start === undefined ? {} : { start: givenStart(start) }),
      ...(file === undefined ? {} : { file }),
      ...(zone === undefined ? {} : { zone: zoneOf(zone) }),
    },
  };
}

function zoneOf(text: string): number {
  const minutes = zoneMinutes(text);
  if (minutes !== undefined) return minutes;
  throw new OrcaError("bad_option", `zone=${JSON.stringify(text)} is no offset from UTC.`, {
    field: "zone",
    hint: "Use Z, or hours and minutes east of UTC, like -07:00 or +05:30.",
  });
}

/** RFC 2586 and 3551: L8 is offset binary, L16 and L24 are big-endian. */
const LINEAR_TYPES: Readonly<Record<string, { encoding: PcmEncoding; bigEndian: boolean }>> = {
  "audio/l8": { encoding: "u8", bigEndian: true },
  "audio/l16": { encoding: "s16", bigEndian: true },
  "audio/l24": { encoding: "s24", bigEndian: true },
};

function rawFormat(
  query: { pcm?: string | undefined; rate?: number | undefined; channels?: number | undefined },
  contentType: string,
): RawFormat | undefined {
  const [mediaType = "", ...parameters] = contentType.split(";").map((part) => part.trim());
  const linear = LINEAR_TYPES[mediaType.toLowerCase()];
  const parameter = (name: string) => {
    const text = parameters.find((part) => part.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
    return text === undefined ? undefined : Number(text);
  };
  if (query.pcm === undefined && linear === undefined) {
    const stray = query.rate !== undefined ? "rate" : query.channels !== undefined ? "channels" : undefined;
    if (stray === undefined) return undefined;
    throw new OrcaError("bad_option", `${stray}= is for raw PCM, and no pcm= was given.`, {
      field: stray,
      hint: `Add pcm= (${PCM_LAYOUTS.join(", ")}), or leave ${stray}= away for a file with a header.`,
    });
  }
  const layout = query.pcm === undefined ? linear : layoutOf(query.pcm);
  const rate = query.rate ?? parameter("rate");
  if (rate === undefined || layout === undefined) {
    throw new OrcaError("bad_option", "Raw PCM needs its sample rate.", {
      field: "rate",
      hint: "Give rate= in the query, or Content-Type: audio/L16;rate=48000;channels=1",
    });
  }
  return { ...layout, rate, channels: query.channels ?? parameter("channels") ?? 1 };
}

function layoutOf(name: string): { encoding: PcmEncoding; bigEndian: boolean } {
  return { encoding: name.slice(0, name === "u8" ? 2 : 3) as PcmEncoding, bigEndian: name.endsWith("be") };
}

function badQuery(issue: z.core.$ZodIssue | undefined, query: Readonly<Record<string, string>>): OrcaError {
  if (issue?.code === "unrecognized_keys") {
    const name = issue.keys[0] as string;
    return new OrcaError("bad_option", `There is no option ${JSON.stringify(name)}.`, {
      field: name,
      hint: `Options are: ${Object.keys(EmbeddingsQuery.shape).join(", ")}.`,
    });
  }
  const field = String(issue?.path[0] ?? "query");
  const value = query[field];
  if (field === "model") {
    const what = value === undefined ? "No model was named." : `There is no model ${JSON.stringify(value)}.`;
    return new OrcaError("unknown_model", what, { field, hint: "GET /v1/models lists them." });
  }
  return new OrcaError("bad_option", `${field}=${JSON.stringify(value)} cannot be used: ${issue?.message}.`, {
    field,
    hint: "GET /openapi.json describes every option.",
  });
}
