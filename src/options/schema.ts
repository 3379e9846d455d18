import * as z from "zod";
import type { Takes } from "./option.ts";

/** What an option takes as a schema of its text. */
export function schemaOf(takes: Takes): z.ZodType {
  switch (takes.kind) {
    case "choice":
      return z.enum(takes.choices);
    case "whole":
      return z.coerce.number().int().min(takes.least).max(takes.most);
    case "number":
      return z.coerce.number().min(takes.least).max(takes.most);
    case "text": {
      const { pattern, asks, longest } = takes;
      const short = longest === undefined ? z.string() : z.string().max(longest);
      return pattern === undefined ? short : short.regex(new RegExp(pattern), asks);
    }
    case "names":
      return z.string();
    case "switch":
      return z.enum(["true", "false"]);
  }
}
