import { createRoute, z } from "@hono/zod-openapi";
import { LABEL_KINDS } from "../../labels/index.ts";
import { MEASURES } from "../../vectors/index.ts";

/** What is said of collections in /openapi.json; bodies are read by answers.ts. */
const params = z.object({ name: z.string() });
const query = z.object({
  model: z.string().optional().openapi({ description: "Where it has windows of several models." }),
});

const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { "application/json": { schema } },
});
const body = (schema: z.ZodType) => ({ content: { "application/json": { schema } }, required: true });

export const collectionsRoute = createRoute({
  method: "get",
  path: "/v1/collections",
  summary: "The collections that are kept here",
  responses: {
    200: json(
      "Each with a model.",
      z.object({ collections: z.array(z.object({ name: z.string(), model: z.string() })) }),
    ),
  },
});

const Annotation = z
  .object({
    recording: z.string(),
    start: z.number().openapi({ description: "Seconds." }),
    end: z.number(),
    label: z
      .string()
      .openapi({ description: "A name, or a path from the general to the particular.", example: "orca/srkw/j" }),
    kind: z.enum(LABEL_KINDS).optional(),
    by: z.string(),
    when: z.string().optional(),
    note: z.string().optional(),
    low: z.number().optional().openapi({ description: "Hz." }),
    high: z.number().optional(),
  })
  .openapi("Annotation");

const Examples = z.object({
  windows: z.array(z.int()).optional(),
  labels: z.array(z.string()).optional(),
  vectors: z.array(z.array(z.number())).optional(),
});

const Search = Examples.extend({
  unlike: Examples.optional(),
  measure: z.enum(MEASURES).optional(),
  top: z.int().optional(),
  above: z.number().optional(),
  events: z.boolean().optional(),
  by: z.enum(["auto", "vectors", "codes"]).optional(),
  deployments: z.array(z.string()).optional(),
  recordings: z.array(z.string()).optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  hours: z.array(z.number()).length(2).optional(),
  labelled: z.array(z.string()).optional(),
  unlabelled: z.boolean().optional(),
  minRms: z.number().optional(),
  maxRms: z.number().optional(),
}).openapi("CollectionSearch");

const at = (method: "get" | "post" | "delete", path: string, summary: string, said: string, taken?: z.ZodType) =>
  createRoute({
    method,
    path: `/v1/collections/{name}${path}`,
    summary,
    request: { params, query, ...(taken === undefined ? {} : { body: body(taken) }) },
    responses: { 200: json(said, z.looseObject({})) },
  });

const exportRoute = createRoute({
  method: "get",
  path: "/v1/collections/{name}/export",
  summary: "A collection as a hoplite folder",
  request: { params, query },
  responses: {
    200: {
      description:
        "A zip of MODEL/hoplite.sqlite and MODEL/usearch.index, made as it is taken: orca-embed and perch-hoplite open it unpacked. 4 GB at most.",
      content: { "application/zip": { schema: z.string().openapi({ format: "binary" }) } },
    },
  },
});

export const collectionRoutes = [
  at("get", "", "What a collection holds", "Its model, its counts, its deployments."),
  at("get", "/recordings", "Its recordings", "In the order in which they came, 10,000 at most."),
  at("post", "/search", "What in it is like an example", "Results, the most alike first.", Search),
  at("get", "/annotations", "Its labels", "Of recording=, by= and label= where they are given, 10,000 at most."),
  at("post", "/annotations", "Adds labels", "How many were added, and how many known.", z.array(Annotation)),
  exportRoute,
  at(
    "delete",
    "/annotations",
    "Takes labels away, by their ids",
    "How many; 404 where none is there.",
    z.array(z.int()),
  ),
] as const;
