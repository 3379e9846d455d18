import type { z } from "zod";
import type { OrcaError } from "./errors.ts";

/**
 * What a setting's JSON says, checked. Throws what `wrong` makes of the reason: the place, and what is not right there. The
 * text itself is not in it, because a password may stand there.
 */
export function checkedJson<T>(text: string, schema: z.ZodType<T>, wrong: (what: string) => OrcaError): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    // The parser's message shows some of the text.
    const place = /position (\d+)/.exec(String(thrown))?.[1];
    throw wrong(`it is not JSON${place === undefined ? "" : ` (character ${place})`}`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  // What is wrong with a name lies one level down.
  const reason = issue?.code === "invalid_key" ? issue.issues[0]?.message : issue?.message;
  throw wrong(`${issue?.path.join(".") || "the whole"}: ${reason}`);
}
