import { createRoute, z } from "@hono/zod-openapi";
import { EmbedRecordSchema } from "../records/schema.ts";
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
    requestId: z.string().optional().openapi({ description: "As X-Request-Id and the server's log have it." }),
  })
  .openapi("Problem", { description: "Problem details, RFC 9457." });

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
    files: z
      .boolean()
      .openapi({ description: "Whether GET /models/FILE gives its files, for a page that runs it itself." }),
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
      content: {
        "application/x-ndjson": { schema: EmbedRecordSchema },
        "text/event-stream": { schema: EmbedRecordSchema },
      },
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

export const readyRoute = createRoute({
  method: "get",
  path: "/readyz",
  summary: "Whether it can take recordings: 503 without models",
  responses: {
    200: {
      description: "It can.",
      content: {
        "application/json": { schema: z.object({ status: z.literal("ready"), models: z.array(z.string()) }) },
      },
    },
    ...problems(500, 503),
  },
});

export const metricsRoute = createRoute({
  method: "get",
  path: "/metrics",
  summary: "Counters and gauges for Prometheus",
  responses: { 200: { description: "Its text format.", content: { "text/plain": { schema: z.string() } } } },
});
