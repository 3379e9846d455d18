import { OpenAPIHono } from "@hono/zod-openapi";
import { describe, expect, test } from "vitest";
import { embeddingsRoute } from "../../src/http/openapi.ts";
import { type AnyRecord, ENCODINGS, type LiveRecord, RecordWriter } from "../../src/records/index.ts";
import { EmbedRecordSchema, LiveRecordSchema } from "../../src/records/schema.ts";
import { fullWindow, HEADER, summaryOf } from "../support/records.ts";

const OUTPUT = { name: "notes", role: "scores", shape: [2, 2] };
const START = { utc: "2024-05-01T12:00:00.000Z", source: "start=", uncertainty: 1, assumed: "UTC" };

/** One record of each type, with everything that it may have. */
const ALL: readonly LiveRecord[] = [
  {
    ...HEADER,
    source: { ...HEADER.source, bits: 16, seconds: 2, priming: 5 },
    start: START,
    recorder: { make: "Ocean Sonics", latitude: 48.5, longitude: -123, depth: 8 },
    outputs: [OUTPUT],
    pcen: "clip",
    postprocess: "none",
    pca: "0".repeat(64),
    heads: [
      {
        id: "site",
        sha256: "0".repeat(64),
        classes: [{ name: "orca", threshold: 0.5 }],
        site: "haro",
        events: { on: 0.5, off: 0.4, shortest: 1, gap: 2, windows: 3, of: 60 },
      },
    ],
  },
  {
    ...fullWindow(0),
    utc: START.utc,
    padded: 0.5,
    outputs: { notes: Float32Array.of(1, 2, 3, 4) },
    heads: { site: { orca: 0.75 } },
    noise: { site: "squeak" },
  },
  { ...summaryOf(1), start: START, findings: [{ code: "truncated", message: "Cut.", lost: true, byteOffset: 4 }] },
  {
    type: "event",
    phase: "end",
    head: "site",
    class: "orca",
    number: 0,
    start: 1,
    end: 2.5,
    utc: START.utc,
    peak: 0.9,
    peakStart: 1.5,
    mean: 0.7,
    windows: 3,
  },
  { type: "gap", reason: "missing", utc: START.utc, seconds: 1, segment: "live002.ts", message: "Not there." },
  { type: "waiting", utc: START.utc, message: "Away." },
];
const ERROR: AnyRecord = { type: "error", code: "too_slow", message: "No byte.", byteOffset: 1, hint: "Hurry." };

describe("the schema of the wire", () => {
  test.each(ENCODINGS)("%s: takes every record as it is written, and knows each of its fields", (encoding) => {
    const writer = new RecordWriter(encoding);
    for (const record of [...ALL, ERROR]) {
      const value = JSON.parse(writer.json(record));
      // Parsing leaves out what is not known.
      expect(LiveRecordSchema.parse(value)).toEqual(value);
    }
  });

  test("takes nothing else", () => {
    for (const value of [{}, { type: "whale" }, { ...ALL[1], embedding: undefined }, { ...HEADER, embedding: "5" }])
      expect(LiveRecordSchema.safeParse(value).success).toBe(false);
    expect(EmbedRecordSchema.safeParse(ALL[4]).success).toBe(false);
  });

  test("OpenAPI has each type of record under its name", async () => {
    const app = new OpenAPIHono();
    app.openAPIRegistry.registerPath(embeddingsRoute);
    const { components } = app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "", version: "" } });
    expect(components?.schemas?.Record).toEqual({
      anyOf: ["HeaderRecord", "WindowRecord", "EventRecord", "SummaryRecord", "ErrorRecord"].map((name) => ({
        $ref: `#/components/schemas/${name}`,
      })),
    });
    expect(components?.schemas?.WindowRecord).toMatchObject({
      required: ["type", "index", "start", "end", "rms", "embedding"],
      properties: { embedding: { description: "The embedding. Base64, row-major, with encoding=base64." } },
    });
  });
});
