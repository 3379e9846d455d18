import { z } from "@hono/zod-openapi";
import { BUNDLE, EMBEDDINGS, HYDROPHONE, type Option, type OptionSet, schemaOf } from "../options/index.ts";

/** A set of options as OpenAPI describes a query. */
function queryOf(set: OptionSet) {
  return z.strictObject(Object.fromEntries(Object.values(set).map((option) => [option.name, described(option)])));
}

function described({ takes, default: standard, otherwise, missing, help, example }: Option<unknown>): z.ZodType {
  const schema = schemaOf(takes);
  const number = takes.kind === "whole" || takes.kind === "number";
  const withDefault =
    standard !== undefined
      ? schema.default(number ? Number(standard) : standard)
      : missing === undefined
        ? schema.optional()
        : schema;
  const left = otherwise === undefined ? "" : ` Where it is left out: ${otherwise}.`;
  // What a schema does not say.
  const words =
    takes.kind === "names" || takes.kind === "text"
      ? ` Takes ${`${takes.words.replaceAll("`", "")}.`.replace("….", "…")}`
      : "";
  return withDefault.openapi({ description: `${help}${words}${left}`, ...(example === undefined ? {} : { example }) });
}

export const EmbeddingsQuery = queryOf(EMBEDDINGS).openapi("EmbeddingsQuery");
export const LiveQuery = queryOf(HYDROPHONE);
export const ProjectorQuery = queryOf(BUNDLE).openapi("ProjectorQuery");
