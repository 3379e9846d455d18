import type { AnyRecord } from "./types.ts";

/** What a field of a record is in JSON; `any` where it may be of several kinds. */
type Kind = "text" | "number" | "flag" | "list" | "object" | "any";

type KindOf<Value> = [Value] extends [string]
  ? "text"
  : [Value] extends [number]
    ? "number"
    : [Value] extends [boolean]
      ? "flag"
      : [Value] extends [readonly unknown[]]
        ? "list"
        : [Value] extends [object]
          ? "object"
          : "any";

/** The fields of a record but its type and its own arrays, which are held against the header. */
type Fields<Record> = {
  [Key in keyof Record as Key extends "type"
    ? never
    : NonNullable<Record[Key]> extends Float32Array
      ? never
      : Key]-?: undefined extends Record[Key] ? `${KindOf<NonNullable<Record[Key]>>}?` : KindOf<Record[Key]>;
};

/**
 * What each type of record holds: the compiler demands every field of the types here, no other one, and its kind. A `?`
 * stands for one that may be left out. (The schema would say so too, and bring 28 kB of compressed zod into the page.)
 */
const KINDS: { readonly [Type in AnyRecord["type"]]: Fields<Extract<AnyRecord, { type: Type }>> } = {
  header: {
    model: "text",
    variant: "text",
    weights: "text",
    warning: "text?",
    sha256: "text",
    provenance: "object",
    engine: "text",
    version: "text",
    source: "object",
    start: "object?",
    recorder: "object?",
    channel: "any",
    highpass: "object?",
    resampler: "object",
    rate: "number",
    window: "object",
    spectrogram: "object?",
    embedding: "number",
    scores: "number?",
    outputs: "list?",
    pcen: "text?",
    postprocess: "text?",
    pca: "text?",
    heads: "list?",
  },
  window: {
    index: "number",
    start: "number",
    end: "number",
    utc: "text?",
    padded: "number?",
    rms: "number",
    outputs: "object?",
    heads: "object?",
    noise: "object?",
  },
  event: {
    phase: "text",
    head: "text",
    class: "text",
    number: "number",
    start: "number",
    end: "number",
    utc: "text?",
    peak: "number",
    peakStart: "number",
    mean: "number",
    windows: "number",
  },
  summary: {
    windows: "number",
    seconds: "number",
    bytes: "number",
    start: "object?",
    complete: "flag",
    findings: "list",
  },
  gap: { reason: "text", utc: "text?", seconds: "number?", segment: "text?", message: "text" },
  waiting: { utc: "text", message: "text" },
  error: { code: "text", message: "text", byteOffset: "number?", hint: "text?", requestId: "text?" },
};

const IS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  flag: (value) => typeof value === "boolean",
  list: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  any: () => true,
};

/**
 * What of a parsed line keeps it from being a record, in words; undefined where it is one, but for its arrays. Fields that
 * are not known are let be: a newer version may write more of them.
 */
export function whatIsWrong(value: unknown): string | undefined {
  if (!IS.object(value)) return "it is no object";
  const record = value as Readonly<Record<string, unknown>>;
  const type = Object.keys(KINDS).find((known) => known === record.type) as AnyRecord["type"] | undefined;
  if (type === undefined) return `there are no records of the type ${JSON.stringify(record.type)}`;
  for (const [name, kind] of Object.entries(KINDS[type])) {
    const field = record[name];
    if (field === undefined) {
      if (!kind.endsWith("?")) return `the ${type} has no ${name}`;
    } else if (!IS[kind.replace("?", "") as Kind](field)) return `its ${name} is no ${kind.replace("?", "")}`;
  }
  return undefined;
}
