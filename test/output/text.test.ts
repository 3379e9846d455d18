import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvLine, type ErrorRecord, ndjson, serverSentEvents } from "../../src/output/index.ts";
import { base64, jsonNumbers } from "../../src/output/numbers.ts";
import { fullWindow, HEADER, recordsWith, summaryOf, timed, windowRecord } from "../support/records.ts";

/** Any finite float32, with its subnormal and largest ones. */
const float32s = fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 64 });

const bitsOf = (values: ArrayLike<number>) => new Uint32Array(Float32Array.from(values).buffer);
/** JSON has no -0. */
const plainZero = (values: Float32Array) => values.map((value) => value + 0);

describe("numbers", () => {
  test("nine digits read back as the same float32", () => {
    fc.assert(
      fc.property(float32s, (values) => {
        const read = JSON.parse(JSON.stringify(jsonNumbers(values))) as number[];
        expect(bitsOf(read)).toEqual(bitsOf(plainZero(values)));
      }),
      { numRuns: 2000 },
    );
  });

  test("every power of two, and its neighbours", () => {
    const values: number[] = [];
    for (let exponent = -149; exponent < 128; exponent++) {
      const bits = new Uint32Array(Float32Array.of(2 ** exponent).buffer)[0] as number;
      values.push(...new Float32Array(Uint32Array.of(bits - 1, bits, bits + 1).buffer));
    }
    const read = JSON.parse(JSON.stringify(jsonNumbers(Float32Array.from(values)))) as number[];
    expect(bitsOf(read)).toEqual(bitsOf(values));
  });

  test("base64 is of the little-endian bytes, of a view's own part only", () => {
    expect(base64(Float32Array.of(1, -2))).toBe("AACAPwAAAMA=");
    expect(base64(Float32Array.of(9, 1, -2, 9).subarray(1, 3))).toBe("AACAPwAAAMA=");
    expect(base64(new Float32Array(0))).toBe("");
    fc.assert(
      fc.property(float32s, (values) => {
        const own = Float32Array.from(values);
        expect(new Uint8Array(Buffer.from(base64(own), "base64"))).toEqual(new Uint8Array(own.buffer));
      }),
    );
    // Longer than the pieces in which it is made.
    const long = Float32Array.from({ length: 6144 }, (_, at) => at / 7);
    expect(Buffer.from(base64(long), "base64").equals(Buffer.from(long.buffer))).toBe(true);
  });
});

describe("NDJSON", () => {
  test("a line a record; a spectrogram has a row a frame", () => {
    const records = recordsWith(2, fullWindow);
    const text = records.map((record) => ndjson.write(record, "numbers", 2)).join("");
    const lines = text.split("\n");
    expect(lines.pop()).toBe("");
    const parsed = lines.map((line) => JSON.parse(line));
    expect(parsed[0]).toEqual(HEADER);
    expect(parsed.at(-1)).toEqual(summaryOf(2));
    const { embedding, scores, spectrogram, ...rest } = parsed[2];
    const window = fullWindow(1);
    expect(rest).toEqual({ type: "window", index: 1, start: 0.48, end: 1.44, rms: 0.125 });
    expect(bitsOf(embedding)).toEqual(bitsOf(window.embedding));
    expect(bitsOf(scores)).toEqual(bitsOf(window.scores ?? []));
    expect(spectrogram.map((row: number[]) => row.length)).toEqual([2, 2, 2, 2]);
    expect(bitsOf(spectrogram.flat())).toEqual(bitsOf(window.spectrogram ?? []));
    expect(ndjson.contentType).toBe("application/x-ndjson");
  });

  test("base64 for every array, and what was not asked for is not there", () => {
    const full = JSON.parse(ndjson.write(fullWindow(0), "base64", 2));
    const window = fullWindow(0);
    for (const key of ["embedding", "scores", "spectrogram"] as const) {
      expect(new Uint8Array(Buffer.from(full[key], "base64"))).toEqual(new Uint8Array(window[key]?.buffer ?? []));
    }
    expect(Object.keys(JSON.parse(ndjson.write(windowRecord(0, { padded: 0.5 }), "numbers", 2)))).toEqual([
      "type",
      "index",
      "start",
      "end",
      "rms",
      "padded",
      "embedding",
    ]);
  });

  test("an error is a record like any other", () => {
    const error: ErrorRecord = {
      type: "error",
      code: "too_slow",
      message: "No byte\ncame.",
      byteOffset: 7,
      hint: "Hurry.",
    };
    const line = ndjson.write(error, "numbers", 2);
    expect(line.split("\n")).toHaveLength(2);
    expect(JSON.parse(line)).toEqual(error);
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

  test("the record's type is the event, its JSON one line of data", () => {
    const error: ErrorRecord = { type: "error", code: "internal", message: "two\nlines\r\nand a half" };
    const records = [...recordsWith(2, fullWindow), error];
    const seen = events(records.map((record) => serverSentEvents.write(record, "numbers", 2)).join(""));
    expect(seen.map(({ event }) => event)).toEqual(["header", "window", "window", "summary", "error"]);
    for (const [at, { data }] of seen.entries()) {
      expect(data).toEqual(JSON.parse(ndjson.write(records[at] as ErrorRecord, "numbers", 2)));
    }
    expect(serverSentEvents.contentType).toBe("text/event-stream");
  });
});

describe("CSV", () => {
  test("a column utc where the start is known", () => {
    const lines = timed(recordsWith(2, windowRecord)).map((record) => csvLine(record, false));
    expect(lines[0]).toContain("\nindex,start,end,utc,e0,e1,e2,e3,e4\n");
    expect(lines.slice(1, 3).map((line) => line.split(",").slice(0, 4))).toEqual([
      ["0", "0", "0.96", "2024-05-01T12:00:00.000Z"],
      ["1", "0.48", "1.44", "2024-05-01T12:00:00.480Z"],
    ]);
  });

  test("facts behind #, a header, a row a window; as many columns in each", () => {
    for (const scores of [false, true]) {
      const text = recordsWith(3, fullWindow)
        .map((record) => csvLine(record, scores))
        .join("");
      const lines = text.split("\n");
      expect(lines.pop()).toBe("");
      const facts = lines.filter((line) => line.startsWith("# ")).map((line) => JSON.parse(line.slice(2)));
      const { type: _, ...header } = HEADER;
      const { type: __, ...summary } = summaryOf(3);
      expect(facts).toEqual([header, summary]);
      const table = lines.filter((line) => !line.startsWith("#")).map((line) => line.split(","));
      const names = ["index", "start", "end", "e0", "e1", "e2", "e3", "e4", ...(scores ? ["s0", "s1", "s2"] : [])];
      expect(table[0]).toEqual(names);
      for (const [index, row] of table.slice(1).entries()) {
        const { start, end, embedding, scores: classes } = fullWindow(index);
        expect(row.slice(0, 3).map(Number)).toEqual([index, start, end]);
        expect(bitsOf(row.slice(3).map(Number))).toEqual(bitsOf([...embedding, ...(scores ? (classes ?? []) : [])]));
      }
    }
  });
});
