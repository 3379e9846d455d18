import { describe, expect, test } from "vitest";
import {
  type AnyRecord,
  type Encoding,
  type ErrorRecord,
  ndjson,
  RecordWriter,
  serverSentEvents,
  type TextStream,
  type WindowRecord,
} from "../../src/records/index.ts";
import { fullWindow, HEADER, recordsWith, summaryOf, windowRecord } from "../support/records.ts";

const bitsOf = (values: ArrayLike<number>) => new Uint32Array(Float32Array.from(values).buffer);

/** Each record's text. */
function written(records: readonly AnyRecord[], encoding: Encoding = "numbers", text: TextStream = ndjson): string[] {
  const writer = new RecordWriter(encoding, text);
  return records.map((record) => writer.write(record));
}

/** What a window gives behind HEADER. */
const parsed = (window: WindowRecord, encoding: Encoding = "numbers") =>
  JSON.parse(written([HEADER, window], encoding)[1] ?? "");

const ERROR: ErrorRecord = {
  type: "error",
  code: "too_slow",
  message: "No byte\ncame.\r\nOr so.",
  byteOffset: 7,
  hint: "Hurry.",
};

describe("NDJSON", () => {
  test("a line a record; a spectrogram has a row a frame", () => {
    const lines = written(recordsWith(2, fullWindow)).join("").split("\n");
    expect(lines.pop()).toBe("");
    const records = lines.map((line) => JSON.parse(line));
    expect(records[0]).toEqual(HEADER);
    expect(records.at(-1)).toEqual(summaryOf(2));
    const { embedding, scores, spectrogram, ...rest } = records[2];
    const window = fullWindow(1);
    expect(rest).toEqual({ type: "window", index: 1, start: 0.48, end: 1.44, rms: 0.125 });
    expect(bitsOf(embedding)).toEqual(bitsOf(window.embedding));
    expect(bitsOf(scores)).toEqual(bitsOf(window.scores ?? []));
    expect(spectrogram.map((row: number[]) => row.length)).toEqual([2, 2, 2, 2]);
    expect(bitsOf(spectrogram.flat())).toEqual(bitsOf(window.spectrogram ?? []));
    expect(ndjson.contentType).toBe("application/x-ndjson");
  });

  test("the text, to the byte", () => {
    const window = {
      ...windowRecord(3, { padded: 0.5 }),
      utc: "2024-05-01T12:00:00.000Z",
      embedding: Float32Array.of(1, -2, 0.1, 1e-9, 0),
      scores: Float32Array.of(0.25, 0, 1),
      spectrogram: Float32Array.from({ length: 8 }, (_, at) => at / 4),
    };
    const start =
      '{"type":"window","index":3,"start":1.44,"end":2.4,"rms":0.125,"padded":0.5,"utc":"2024-05-01T12:00:00.000Z",';
    expect(written([HEADER, window])).toEqual([
      `${JSON.stringify(HEADER)}\n`,
      `${start}"embedding":[1,-2,0.100000001,9.99999972e-10,0],"scores":[0.25,0,1],"spectrogram":[[0,0.25],[0.5,0.75],[1,1.25],[1.5,1.75]]}\n`,
    ]);
    expect(written([HEADER, window], "base64")[1]).toBe(
      `${start}"embedding":"AACAPwAAAMDNzMw9X3CJMAAAAAA=","scores":"AACAPgAAAAAAAIA/","spectrogram":"AAAAAAAAgD4AAAA/AABAPwAAgD8AAKA/AADAPwAA4D8="}\n`,
    );
  });

  test("base64 for every array, and what was not asked for is not there", () => {
    const full = parsed(fullWindow(0), "base64");
    const window = fullWindow(0);
    for (const key of ["embedding", "scores", "spectrogram"] as const) {
      expect(new Uint8Array(Buffer.from(full[key], "base64"))).toEqual(new Uint8Array(window[key]?.buffer ?? []));
    }
    const keys = ["type", "index", "start", "end", "rms", "padded", "embedding"];
    expect(Object.keys(parsed(windowRecord(0, { padded: 0.5 })))).toEqual(keys);
  });

  test("further outputs: lists in lists from two dimensions on", () => {
    const outputs = [
      { name: "notes", role: "scores", shape: [2, 1, 3] },
      { name: "per frame", role: "embedding", shape: [2] },
      { name: "loudness", role: "other", shape: [] },
    ];
    const window = windowRecord(0, {
      outputs: {
        loudness: Float32Array.of(7),
        notes: Float32Array.of(1, 2, 3, 4, 5, 6),
        "per frame": Float32Array.of(8, 9),
      },
    });
    const [, line = ""] = written([{ ...HEADER, outputs }, window]);
    expect(line).toContain('"outputs":{"notes":[[[1,2,3]],[[4,5,6]]],"per frame":[8,9],"loudness":[7]}');
  });

  test("an error is a record like any other, and needs no header", () => {
    const [line = ""] = written([ERROR]);
    expect(line.split("\n")).toHaveLength(2);
    expect(JSON.parse(line)).toEqual(ERROR);
  });
});

describe("server-sent events", () => {
  /** The events of a stream as a browser takes them: HTML standard, 9.2.6. */
  function events(text: string) {
    expect(text.endsWith("\n\n")).toBe(true);
    return text
      .slice(0, -2)
      .split("\n\n")
      .map((block) => {
        const fields = block.split("\n").map((line) => /^(event|data): (.*)$/.exec(line));
        expect(fields.map((field) => field?.[1])).toEqual(["event", "data"]);
        return { event: fields[0]?.[2], data: JSON.parse(fields[1]?.[2] ?? "") };
      });
  }

  test("the record's type is the event (of an error `failure`), its JSON one line of data", () => {
    const records = [...recordsWith(2, fullWindow), ERROR];
    const seen = events(written(records, "numbers", serverSentEvents).join(""));
    expect(seen.map(({ event }) => event)).toEqual(["header", "window", "window", "summary", "failure"]);
    expect(seen.map(({ data }) => data)).toEqual(written(records).map((line) => JSON.parse(line)));
    expect(serverSentEvents.contentType).toBe("text/event-stream");
  });
});

describe("what the header does not say is not written", () => {
  test.each([
    ["no header came before it", [windowRecord(0)]],
    ["embedding has 4 numbers, and the header says 5", [HEADER, windowRecord(0, { embedding: new Float32Array(4) })]],
    ["its header says nothing of scores", [{ ...HEADER, scores: undefined }, fullWindow(0)]],
    ["its header says nothing of outputs.x", [HEADER, windowRecord(0, { outputs: { x: new Float32Array(1) } })]],
    ["it has no outputs.x", [{ ...HEADER, outputs: [{ name: "x", role: "y", shape: [1] }] }, windowRecord(0)]],
  ])("%s", (words, records) => {
    expect(() => written(records as AnyRecord[])).toThrow(
      expect.objectContaining({ code: "internal", message: `Window 0 cannot be written: ${words}.` }),
    );
  });

  test.each([Number.NaN, Infinity, -Infinity])("%s is the engine's error: JSON would make null of it", (value) => {
    for (const encoding of ["numbers", "base64"] as const) {
      const window = windowRecord(2, { embedding: Float32Array.of(0, 1, value, 3, 4) });
      expect(() => written([HEADER, window], encoding)).toThrow(
        expect.objectContaining({
          code: "engine_failed",
          message: expect.stringContaining(`embedding is ${value} at 2`),
        }),
      );
    }
  });
});
