import { createRoute, z } from "@hono/zod-openapi";
import { EmbeddingsQuery, ProjectorQuery } from "./query.ts";

/** The API as data: GET /openapi.json is made from these. */

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: "What was wrong, and where." }),
    code: z.string().openapi({ description: "Stable name of the error.", example: "wav_malformed" }),
    byteOffset: z.int().optional().openapi({ description: "Where in the body." }),
    field: z.string().optional().openapi({ description: "Which option." }),
    hint: z.string().optional().openapi({ description: "What to do." }),
  })
  .openapi("Problem", { description: "Problem details, RFC 9457." });

const numbers = (description: string) =>
  z.union([z.array(z.number()), z.string()]).openapi({ description: `${description} Base64 with encoding=base64.` });

const Start = z.object({
  utc: z.string(),
  source: z.string(),
  uncertainty: z.number().openapi({ description: "Seconds." }),
  assumed: z.string().optional().openapi({ description: "What the source does not say." }),
});

const HeaderRecord = z
  .looseObject({
    type: z.literal("header"),
    model: z.string(),
    variant: z.string(),
    engine: z.string().openapi({ description: "Name and version of what ran the net." }),
    weights: z.enum(["trained", "seeded"]),
    provenance: z
      .object({
        address: z.string(),
        sha256: z.string().nullable(),
        licence: z.string(),
        parameters: z.int(),
        converter: z.string(),
      })
      .openapi({ description: "Where the weights came from; sha256 is of the published file or files." }),
    version: z.string(),
    start: Start.optional().openapi({ description: "When the first sample was taken, where that is known." }),
    recorder: z
      .looseObject({ make: z.string().optional(), model: z.string().optional(), serial: z.string().optional() })
      .optional()
      .openapi({ description: "What made the recording, and where: only what the file says." }),
  })
  .openapi("HeaderRecord", {
    description: "How the embeddings were made: model, weights, rates, resampler, channel, window.",
  });

const WindowRecord = z
  .object({
    type: z.literal("window"),
    index: z.int(),
    start: z.number().openapi({ description: "Seconds from the start of the audio." }),
    end: z.number(),
    utc: z.string().optional().openapi({ description: "When its first sample was taken, where that is known." }),
    padded: z.number().optional().openapi({ description: "Seconds of the window beyond the end of the audio." }),
    rms: z.number().openapi({ description: "Root mean square of the window's audio; full scale is 1." }),
    embedding: numbers("The embedding."),
    scores: numbers("Class scores, 0 to 1.").optional(),
    spectrogram: z
      .union([z.array(z.array(z.number())), z.string()])
      .optional()
      .openapi({ description: "What the net saw: a row a frame. Base64, row-major, with encoding=base64." }),
  })
  .openapi("WindowRecord");

const Finding = z
  .object({
    code: z.string(),
    message: z.string(),
    lost: z.boolean().openapi({ description: "Whether audio is missing or was replaced." }),
    byteOffset: z.int().optional(),
    count: z.int().optional(),
    seconds: z.number().optional(),
  })
  .openapi("Finding");

const SummaryRecord = z
  .object({
    type: z.literal("summary"),
    windows: z.int(),
    seconds: z.number(),
    bytes: z.int(),
    start: Start.optional().openapi({
      description: "By metadata behind the audio, where it says another than the header.",
    }),
    complete: z.boolean(),
    findings: z.array(Finding),
  })
  .openapi("SummaryRecord");

const ErrorRecord = z
  .object({
    type: z.literal("error"),
    code: z.string(),
    message: z.string(),
    byteOffset: z.int().optional(),
    hint: z.string().optional(),
  })
  .openapi("ErrorRecord", {
    description: "The last record of a result that failed on the way; the windows before it are valid.",
  });

export const PipelineRecord = z.union([HeaderRecord, WindowRecord, SummaryRecord, ErrorRecord]).openapi("Record");

const Model = z
  .object({
    name: z.string(),
    title: z.string(),
    rate: z.int().openapi({ description: "Hz." }),
    window: z.object({ seconds: z.number(), hop: z.number() }),
    frontEnd: z.string().openapi({ description: "none for models that take the waveform.", example: "log-mel" }),
    hears: z.array(z.number()).length(2).openapi({ description: "Lowest and highest frequency, Hz." }),
    bandCentres: z
      .array(z.number())
      .openapi({ description: "Of the picture that the net takes, Hz; empty without one." }),
    embedding: z.int(),
    scores: z.int(),
    outputs: z
      .array(z.object({ name: z.string(), role: z.string() }))
      .openapi({ description: "Those with the role other come where include= names them." }),
    postprocess: z.array(z.string()),
    weights: z.enum(["trained", "seeded"]),
    parameters: z.int(),
    licence: z.string(),
    redistribution: z.string().openapi({ description: "Whether the weights may be passed on." }),
    classes: z
      .string()
      .nullable()
      .openapi({ description: "Path of the list of what the scores are of; null where it is not known." }),
    source: z.object({ address: z.string(), sha256: z.string().nullable() }),
    variants: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        bytes: z.int(),
        sha256: z.string(),
        engines: z
          .array(z.object({ name: z.string(), bytes: z.int() }))
          .openapi({ description: "What runs it here, and the bytes that it loads; `bytes` above is of the first." }),
      }),
    ),
  })
  .openapi("Model");
export type ModelListing = z.infer<typeof Model>;

const Health = z
  .object({
    status: z.literal("ok"),
    version: z.string(),
    engine: z.string().openapi({ description: "What runs requests that name no engine." }),
    engines: z.record(z.string(), z.string()).openapi({ description: "What a request may name, with versions." }),
    streams: z.object({ active: z.int(), served: z.int(), windows: z.int() }),
    unfit: z
      .record(z.string(), z.string())
      .openapi({ description: "MODEL/VARIANT/ENGINE that did not compute right here, and why: auto passes it over." }),
    models: z.array(z.object({ name: z.string(), variant: z.string(), engine: z.string(), memory: z.int() })),
  })
  .openapi("Health");
export type HealthDescription = z.infer<typeof Health>;

const binary = { schema: z.string().openapi({ format: "binary" }) };
export const problems = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: "See `code` and `detail`.", content: { "application/problem+json": { schema: Problem } } },
    ]),
  );

export const embeddingsRoute = createRoute({
  method: "post",
  path: "/v1/embeddings",
  summary: "Embeddings of a recording, streamed while it arrives",
  description:
    "The body is a recording (WAV, AIFF, FLAC, MP3, Ogg Vorbis or Opus, AAC-LC in ADTS or MPEG-TS: its bytes tell which), or raw " +
    "PCM (audio/L16;rate=…;channels=…, or pcm= and rate= in the query). The answer is a " +
    "header, a window record each 0.96, 0.48 or 3.84 s of audio, and a summary, as NDJSON or, with Accept: " +
    "text/event-stream, as server-sent events.",
  request: {
    query: EmbeddingsQuery,
    body: { required: true, content: { "audio/wav": binary, "audio/L16": binary, "application/octet-stream": binary } },
  },
  responses: {
    200: {
      description: "Records, one a line.",
      content: { "application/x-ndjson": { schema: PipelineRecord }, "text/event-stream": { schema: PipelineRecord } },
    },
    ...problems(400, 408, 413, 415, 422, 500, 503),
  },
});

export const projectorRoute = createRoute({
  method: "post",
  path: "/v1/projector",
  summary: "A recording as a bundle for TensorBoard's Embedding Projector",
  description:
    "The body is as for /v1/embeddings. The answer is a zip with tensors, metadata, the sprite of what the model saw and the " +
    "projector's config; it begins when the recording has ended.",
  request: {
    query: ProjectorQuery,
    body: { required: true, content: { "audio/wav": binary, "audio/L16": binary, "application/octet-stream": binary } },
  },
  responses: {
    200: { description: "The bundle.", content: { "application/zip": binary } },
    ...problems(400, 408, 413, 415, 422, 500, 503),
  },
});

export const bundleRoute = createRoute({
  method: "get",
  path: "/projector/{bundle}/{file}",
  summary: "A file of a bundle that is kept here, for any page and in parts",
  description: "Without a file: the addresses of the bundle's config and of the projector that shows it.",
  request: {
    params: z.object({
      bundle: z.string().openapi({ example: "orcaml" }),
      file: z.string().openapi({ description: "A path inside the bundle.", example: "projector_config.json" }),
    }),
  },
  responses: {
    200: { description: "The file.", content: { "application/octet-stream": binary } },
    206: { description: "A part of it.", content: { "application/octet-stream": binary } },
    304: { description: "It is as If-None-Match has it." },
    416: { description: "The range lies beyond its end." },
    ...problems(404),
  },
});

export const modelsRoute = createRoute({
  method: "get",
  path: "/v1/models",
  summary: "The models that are here",
  responses: {
    200: { description: "Models.", content: { "application/json": { schema: z.object({ models: z.array(Model) }) } } },
    ...problems(500, 503),
  },
});

export const classesRoute = createRoute({
  method: "get",
  path: "/v1/models/{model}/classes",
  summary: "What a model's scores are of",
  description: "The names that were published with the weights, in the order of the scores; seeded weights have none.",
  request: { params: z.object({ model: z.string() }) },
  responses: {
    200: {
      description: "The classes.",
      content: {
        "application/json": {
          schema: z.object({
            model: z.string(),
            classes: z.array(
              z.object({ id: z.string().openapi({ description: "AudioSet's identifier." }), name: z.string() }),
            ),
            source: z.string(),
            licence: z.string(),
          }),
        },
      },
    },
    ...problems(400, 404, 500, 503),
  },
});

export const healthRoute = createRoute({
  method: "get",
  path: "/healthz",
  summary: "Whether this isolate answers, and what it is doing",
  responses: { 200: { description: "It does.", content: { "application/json": { schema: Health } } } },
});
