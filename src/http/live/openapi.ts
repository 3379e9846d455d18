import { createRoute, z } from "@hono/zod-openapi";
import { LiveRecordSchema } from "../../records/schema.ts";
import { problems } from "../openapi.ts";
import { LiveQuery } from "../query.ts";

const Hydrophone = z
  .object({
    name: z.string().openapi({ example: "orcasound-lab" }),
    title: z.string(),
    place: z.string().optional(),
    licence: z.string().optional().openapi({ description: "Of its sound." }),
    credit: z.string().optional(),
    listeners: z.int().openapi({ description: "Streams of this isolate." }),
    state: z.enum(["unheard", "live", "waiting"]).openapi({
      description: "As its listeners in this isolate have seen it; unheard where there were none.",
    }),
    since: z.string().optional().openapi({ description: "Since when, ISO 8601." }),
    message: z.string().optional().openapi({ description: "Why it waits." }),
    watch: z
      .object({
        state: z.string(),
        since: z.string().optional(),
        message: z.string().optional(),
        heard: z.string().optional().openapi({ description: "End of the last sound that was heard." }),
      })
      .optional()
      .openapi({ description: "How the watch that follows it does (docs/watch.md)." }),
  })
  .openapi("Hydrophone");

export const hydrophonesRoute = createRoute({
  method: "get",
  path: "/v1/hydrophones",
  summary: "The live hydrophones that the operator lists",
  responses: {
    200: {
      description: "Hydrophones; none where the operator lists none.",
      content: { "application/json": { schema: z.object({ hydrophones: z.array(Hydrophone) }) } },
    },
  },
});

export const hydrophoneEmbeddingsRoute = createRoute({
  method: "get",
  path: "/v1/hydrophones/{name}/embeddings",
  summary: "Embeddings of a live hydrophone, as it publishes, until you leave",
  description:
    "Stretch after stretch of unbroken audio, each with a header, its windows and a summary; between two of them a gap " +
    "record where audio is missing. With Upgrade: websocket the records come as messages, and with audio=1 the sound " +
    "does too (docs/live.md).",
  request: { params: z.object({ name: z.string() }), query: LiveQuery },
  responses: {
    200: {
      description: "Records, one a line.",
      content: {
        "application/x-ndjson": { schema: LiveRecordSchema },
        "text/event-stream": { schema: LiveRecordSchema },
      },
    },
    ...problems(400, 404, 415, 502, 503),
  },
});
