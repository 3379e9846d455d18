import { createRoute, z } from "@hono/zod-openapi";

/** What is said of watched hydrophones in /openapi.json; requests are read by src/http/events/. */
const Loose = z.looseObject({});
const json = (description: string) => ({ description, content: { "application/json": { schema: Loose } } });

type Method = "get" | "put" | "delete";
const at = (method: Method, path: string, summary: string, said: string, more: object = {}) =>
  createRoute({
    method,
    path: `/v1/hydrophones/{name}${path}`,
    summary,
    request: { params: z.object({ name: z.string() }), ...more },
    responses: { 200: json(said) },
  });

const Verdict = z.object({
  verdict: z.enum(["confirmed", "rejected", "named"]),
  label: z.string().optional(),
  by: z.string(),
});

const Wish = z.object({ threshold: z.number(), by: z.string() });

export const watchRoutes = [
  at("get", "/events", "What was found at a watched hydrophone", "Events, the newest first, or server-sent events.", {
    query: z.object({
      class: z.string().optional(),
      from: z.string().optional().openapi({ description: "ISO 8601." }),
      to: z.string().optional(),
      limit: z.string().optional().openapi({ description: "1 to 1000; 50 where it is left out." }),
      before: z.string().optional().openapi({ description: "`next` of the page before." }),
    }),
  }),
  at("get", "/events/{id}", "One event", "The event."),
  at("get", "/events/{id}/sound", "Its sound", "FLAC."),
  at("get", "/events/{id}/picture", "What the model saw of it", "PNG."),
  at("put", "/events/{id}/verdict", "Says what it is", "The event, the annotation, and the rule that it made.", {
    body: { content: { "application/json": { schema: Verdict } }, required: true },
  }),
  at(
    "get",
    "/thresholds",
    "What the last week suggests as thresholds",
    "Of each class what holds, and what is suggested.",
    {
      query: z.object({
        "false-alarms": z
          .string()
          .optional()
          .openapi({ description: "So many a day are put up with; 1 where it is left out." }),
      }),
    },
  ),
  at("put", "/thresholds/{head}/{class}", "Sets a threshold", "What was set.", {
    body: { content: { "application/json": { schema: Wish } }, required: true },
  }),
  at("delete", "/thresholds/{head}/{class}", "Undoes a threshold that was set", "Nothing."),
  at("get", "/suppressions", "What rejected events have taught", "Rules."),
  at("delete", "/suppressions/{rule}", "Undoes a rule", "Nothing."),
] as const;

export const watchStatusRoute = createRoute({
  method: "get",
  path: "/v1/watch",
  summary: "How the watch does: hydrophones and deliveries; /watch is the same for people",
  responses: { 200: json("State, delay, troubles, gaps, events and deliveries.") },
});

export const sentSoundRoute = createRoute({
  method: "post",
  path: "/v1/hydrophones/{name}/sound",
  summary: "Sends the sound of a hydrophone, as it is made",
  description:
    "16-bit little-endian samples, channels interleaved, with the hydrophone's own token; one sender at a time. As a body, or with " +
    "Upgrade: websocket as binary messages, each acknowledged by a message taken, until the text end (docs/watch.md).",
  request: {
    params: z.object({ name: z.string() }),
    query: z.object({
      rate: z.string().openapi({ description: "1000 to 768000 Hz." }),
      channels: z.string().openapi({ description: "1 to 256." }),
      start: z.string().optional().openapi({ description: "When its first sample was taken, ISO 8601." }),
    }),
    body: { content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } } },
  },
  responses: { 200: json("How many bytes were taken, when it has ended.") },
});
