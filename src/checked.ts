import type * as z from "zod";
import type { OrcaError } from "./errors.ts";

/** What is not right in a value that came from outside. */
export interface Fault {
  /** Where it stands, like `classes.0.name`; empty for the whole. */
  readonly field: string;
  /** What it must be, without a full stop at the end: `it must be 0.1 or more`. */
  readonly reason: string;
  /** Where that is a field of which nothing is known: its place, like `classes.0.colour`. */
  readonly unknown?: string;
}

/** A value as a schema has it, or the first thing that is wrong with it, in words for people. */
export function checked<S extends z.ZodType>(
  schema: S,
  value: unknown,
): { readonly data: z.infer<S>; readonly fault?: undefined } | { readonly data?: undefined; readonly fault: Fault } {
  const parsed = schema.safeParse(value, { error: reasonOf });
  if (parsed.success) return { data: parsed.data };
  const [issue] = parsed.error.issues;
  // What is wrong with a name lies one level down.
  const reason = issue?.code === "invalid_key" ? issue.issues[0]?.message : issue?.message;
  const unknown = issue?.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]].join(".") : undefined;
  const field = issue?.path.join(".") ?? "";
  return { fault: { field, reason: reason ?? "it does not fit", ...(unknown === undefined ? {} : { unknown }) } };
}

/** The fault's place and reason, as most errors say it. */
export const faultText = ({ field, reason }: Fault): string => `${field || "the whole"}: ${reason}`;

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
  const { data, fault } = checked(schema, json);
  if (fault !== undefined) throw wrong(faultText(fault));
  return data;
}

/** Words where a schema has none of its own; undefined where the library's will do. */
function reasonOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "it is missing";
      return `it must be ${KINDS[issue.expected] ?? issue.expected}`;
    case "too_small":
      return bounded(
        issue.origin,
        Number(issue.minimum),
        issue.inclusive === false ? "more than" : undefined,
        "or more",
      );
    case "too_big":
      return bounded(
        issue.origin,
        Number(issue.maximum),
        issue.inclusive === false ? "less than" : undefined,
        "or less",
      );
    case "invalid_value":
      return `it must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "unrecognized_keys":
      return `nothing is known of ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
    case "not_multiple_of":
      return `it must be a multiple of ${issue.divisor}`;
    default:
      return undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

/** @param strict  "more than", where the limit itself is not allowed; @param behind  what stands behind a limit that is */
function bounded(origin: string, limit: number, strict: string | undefined, behind: string): string {
  const number = strict === undefined ? `${limit} ${behind}` : `${strict} ${limit}`;
  if (origin === "string")
    return limit === 1 && behind === "or more" ? "it must not be empty" : `it must have ${number} characters`;
  if (origin === "array" || origin === "set") return `it must have ${number} entries`;
  if (origin === "object" || origin === "record") return `it must have ${number} fields`;
  return `it must be ${number}`;
}
