import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OrcaError } from "../../src/errors.ts";
import { problemResponse } from "../../src/http/problem.ts";
import {
  type AnyRecord,
  ENCODINGS,
  type HeaderRecord,
  type LiveRecord,
  ndjson,
  RecordWriter,
  readRecords,
  serverSentEvents,
  type WindowRecord,
} from "../../src/records/index.ts";
import { fullWindow, HEADER, recordsOf, recordsWith, summaryOf, windowRecord } from "../support/records.ts";

const float = fc.float({ noNaN: true, noDefaultInfinity: true });
/** JSON has no -0. */
const floats = (size: number) =>
  fc
    .array(float, { minLength: size, maxLength: size })
    .map((values) => Float32Array.from(values, (value) => value + 0));
const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
const size = fc.integer({ min: 0, max: 9 });
const words = fc.string({ unit: "grapheme", maxLength: 20 });

/** A header with any choice of arrays. */
const headers = fc
  .record({
    embedding: size,
    scores: fc.option(size, { nil: undefined }),
    spectrogram: fc.option(fc.tuple(size, size), { nil: undefined }),
    outputs: fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1 }), role: words, shape }), {
      maxLength: 3,
      selector: ({ name }) => name,
    }),
    container: words,
  })
  .map(({ embedding, scores, spectrogram, outputs, container }): HeaderRecord => {
    const { scores: _, spectrogram: __, ...rest } = HEADER;
    return {
      ...rest,
      source: { ...HEADER.source, container },
      embedding,
      ...(scores === undefined ? {} : { scores }),
      ...(spectrogram === undefined
        ? {}
        : { spectrogram: { ...HEADER.spectrogram, frames: spectrogram[0], bands: spectrogram[1] } }),
      ...(outputs.length === 0 ? {} : { outputs }),
    };
  });

const productOf = (sizes: readonly number[]) => sizes.reduce((product, one) => product * one, 1);

/** A window behind it. */
function windowsOf({ embedding, scores, spectrogram, outputs = [] }: HeaderRecord): fc.Arbitrary<WindowRecord> {
  const further = fc.tuple(...outputs.map((output) => floats(productOf(output.shape))));
  return fc
    .tuple(
      floats(embedding),
      scores === undefined ? fc.constant(undefined) : fc.option(floats(scores), { nil: undefined }),
      spectrogram === undefined
        ? fc.constant(undefined)
        : fc.option(floats(spectrogram.frames * spectrogram.bands), { nil: undefined }),
      further,
      fc.nat(),
    )
    .map(([own, classes, picture, arrays, index]) => ({
      ...windowRecord(index, { embedding: own }),
      ...(classes === undefined ? {} : { scores: classes }),
      ...(picture === undefined ? {} : { spectrogram: picture }),
      ...(outputs.length === 0
        ? {}
        : {
            outputs: Object.fromEntries(outputs.map(({ name }, at) => [name, arrays[at] as Float32Array<ArrayBuffer>])),
          }),
    }));
}

/** Two stretches of a hydrophone, with all that may come between them. */
const results: fc.Arbitrary<LiveRecord[]> = fc
  .array(
    headers.chain((header) => fc.tuple(fc.constant(header), fc.array(windowsOf(header), { maxLength: 3 }))),
    { minLength: 1, maxLength: 2 },
  )
  .chain((stretches) =>
    words.map((message) =>
      stretches.flatMap(([header, windows]): LiveRecord[] => [
        header,
        { type: "waiting", utc: "2024-05-01T12:00:00.000Z", message },
        ...windows,
        summaryOf(windows.length),
        { type: "gap", reason: "missing", message, seconds: 0.5 },
      ]),
    ),
  );

function* cut(bytes: Uint8Array, places: readonly number[]): Generator<Uint8Array> {
  let from = 0;
  for (const to of [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)) {
    yield bytes.subarray(from, to);
    from = to;
  }
  yield bytes.subarray(from);
}

async function* inTurn<T>(pieces: Iterable<T>): AsyncGenerator<T> {
  yield* pieces;
}

const textOf = (records: readonly AnyRecord[]) => {
  const writer = new RecordWriter();
  return records.map((record) => writer.write(record)).join("");
};

describe("what was written is read", () => {
  test.each(ENCODINGS)("%s: as lines and as events, cut anywhere", async (encoding) => {
    await fc.assert(
      fc.asyncProperty(
        results,
        fc.constantFrom(ndjson, serverSentEvents),
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.boolean(),
        async (records, stream, places, beats) => {
          const writer = new RecordWriter(encoding, stream);
          const texts = records.map((record) => (beats ? stream.nothing : "") + writer.write(record));
          const bytes = new TextEncoder().encode(texts.join("") + (beats ? stream.nothing : ""));
          const read = await recordsOf(inTurn(cut(bytes, places)));
          expect(read).toEqual(records);
          expect(read.map((record) => Object.keys(record))).toEqual(records.map((record) => Object.keys(record)));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("byte by byte", async () => {
    const records = [...recordsWith(2, fullWindow)];
    const bytes = new TextEncoder().encode(textOf(records));
    expect(await recordsOf(inTurn(Array.from(bytes, (byte) => Uint8Array.of(byte))))).toEqual(records);
  });

  test("from a string, bytes, strings cut anywhere, a stream, a response; with CR LF; without the last line's end", async () => {
    const records = recordsWith(3, fullWindow);
    const text = textOf(records);
    const bytes = new TextEncoder().encode(text);
    for (const source of [
      text,
      bytes,
      [text.slice(0, 100), text.slice(100)],
      new Blob([bytes]).stream(),
      new Response(bytes),
      text.replaceAll("\n", "\r\n"),
      text.trimEnd(),
    ]) {
      expect(await recordsOf(source)).toEqual(records);
    }
  });

  test("an event may have its data in several lines, and fields that mean nothing here", async () => {
    const [header, summary] = [JSON.stringify(HEADER), JSON.stringify(summaryOf(0), null, 1)];
    const lines = summary.split("\n").map((line) => `data:${line}`);
    const text = `: hello\nid: 1\nretry: 5\nevent: header\ndata: ${header}\n\n${lines.join("\n")}\n\n`;
    expect(await recordsOf(text)).toEqual([HEADER, summaryOf(0)]);
  });

  test("fields that are not known are kept: a newer version may write them", async () => {
    const text = textOf(recordsWith(1, windowRecord)).replace('"index":0', '"index":0,"mood":"calm"');
    expect((await recordsOf(text))[1]).toMatchObject({ index: 0, mood: "calm" });
  });

  test("a reader that is left cancels the stream", async () => {
    let cancelled = false;
    const bytes = new TextEncoder().encode(textOf(recordsWith(1, windowRecord)));
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes),
      cancel() {
        cancelled = true;
      },
    });
    for await (const record of readRecords(stream)) {
      expect(record.type).toBe("header");
      break;
    }
    expect(cancelled).toBe(true);
  });
});

/** The error that reading ends with, and what was read before. */
async function failureOf(source: Parameters<typeof readRecords>[0]): Promise<{ error: OrcaError; before: string[] }> {
  const before: string[] = [];
  try {
    for await (const { type } of readRecords(source)) before.push(type);
  } catch (error) {
    if (error instanceof OrcaError) return { error, before };
    throw error;
  }
  throw new Error("nothing failed");
}

const window = JSON.parse(JSON.stringify(windowRecord(0, { embedding: new Float32Array(5) }))) as object;
const plain = { ...window, embedding: [1, 2, 3, 4, 5] };
const line = (record: unknown) => `${typeof record === "string" ? record : JSON.stringify(record)}\n`;
const OUTPUTS = { ...HEADER, outputs: [{ name: "x", role: "y", shape: [2, 2] }] };

describe("what is no record is told, with its place", () => {
  test.each<[words: string, header: object, record: unknown]>([
    ["it is no JSON", HEADER, '{"type":"window","ind'],
    ["it is no object", HEADER, []],
    ["it is no object", HEADER, null],
    ["there are no records of the type undefined", HEADER, {}],
    ['there are no records of the type "whale"', HEADER, { type: "whale" }],
    ['there are no records of the type "constructor"', HEADER, { type: "constructor" }],
    ["the window has no index", HEADER, { ...plain, index: undefined }],
    ["its start is no number", HEADER, { ...plain, start: "0" }],
    ["its utc is no text", HEADER, { ...plain, utc: 5 }],
    ["it has no embedding", HEADER, { ...plain, embedding: undefined }],
    ["embedding is not numbers in the shape [5]", HEADER, { ...plain, embedding: [1, 2, 3, 4] }],
    ["embedding is not numbers in the shape [5]", HEADER, { ...plain, embedding: [1, 2, 3, 4, null] }],
    ["embedding is not numbers in the shape [5]", HEADER, { ...plain, embedding: [1, 2, 3, 4, "5"] }],
    ["embedding is not numbers in the shape [5]", HEADER, { ...plain, embedding: [[1, 2, 3, 4, 5]] }],
    ["embedding is not numbers in the shape [5]", HEADER, { ...plain, embedding: 5 }],
    ["embedding is Infinity at 1", HEADER, { ...plain, embedding: [1, 1e39, 3, 4, 5] }],
    ["embedding is not base64 of 5 float32 numbers", HEADER, { ...plain, embedding: "AACAPwAAAMA=" }],
    ["embedding is not base64 of 5 float32 numbers", HEADER, { ...plain, embedding: "AACAPwAAAMDNzMw9X3CJMAAAAA" }],
    ["embedding is not base64 of 5 float32 numbers", HEADER, { ...plain, embedding: "AACAPwAAAMDNzMw9X3CJMAAAAA=!" }],
    ["embedding is NaN at 0", HEADER, { ...plain, embedding: "AADAfwAAAMDNzMw9X3CJMAAAAAA=" }],
    ["spectrogram is not numbers in the shape [4, 2]", HEADER, { ...plain, spectrogram: [1, 2, 3, 4, 5, 6, 7, 8] }],
    ["its header says nothing of spectrogram", { ...HEADER, spectrogram: undefined }, { ...plain, spectrogram: [[1]] }],
    ["its header says nothing of outputs.x", HEADER, { ...plain, outputs: { x: [1] } }],
    ["its outputs is no object", HEADER, { ...plain, outputs: [1] }],
    ["it has no outputs.x", OUTPUTS, plain],
    ["outputs.x is not numbers in the shape [2, 2]", OUTPUTS, { ...plain, outputs: { x: [[1, 2], [3]] } }],
    ["the header before it has no summary", HEADER, HEADER],
    ["its complete is no flag", HEADER, { ...summaryOf(1), complete: "yes" }],
    ["its findings is no list", HEADER, { ...summaryOf(1), findings: {} }],
  ])("%s", async (words, header, record) => {
    const { error, before } = await failureOf(line(header) + line(record));
    expect(error).toMatchObject({ code: "record_malformed" });
    expect(error.message).toContain(`Record 2 cannot be read: ${words}`);
    expect(before).toEqual(["header"]);
  });

  test.each<[words: string, header: object]>([
    ["its header gives embedding the shape [-5]", { ...HEADER, embedding: -5 }],
    ["its header gives scores the shape [1.5]", { ...HEADER, scores: 1.5 }],
    [
      "its header gives spectrogram the shape [4,null]",
      { ...HEADER, spectrogram: { ...HEADER.spectrogram, bands: undefined } },
    ],
    ["its header gives outputs.x the shape [-1]", { ...HEADER, outputs: [{ name: "x", role: "y", shape: [-1] }] }],
    ["its header names outputs.x twice", { ...HEADER, outputs: [OUTPUTS.outputs[0], OUTPUTS.outputs[0]] }],
    ["an output in its header has no name or no shape", { ...HEADER, outputs: [null] }],
    ["its outputs is no list", { ...HEADER, outputs: {} }],
  ])("a header: %s", async (words, header) => {
    const { error } = await failureOf(line(header));
    expect(error.code).toBe("record_malformed");
    expect(error.message).toContain(words);
  });

  test("a window before any header, or behind the summary", async () => {
    expect((await failureOf(line(plain))).error.message).toContain("no header came before the window");
    const late = line(HEADER) + line(summaryOf(0)) + line(plain);
    expect((await failureOf(late)).error.message).toBe("Record 3 cannot be read: no header came before the window.");
  });

  test("bytes that are no text, and a line without an end", async () => {
    expect((await failureOf(Uint8Array.of(0x7b, 0xff, 0x0a))).error.message).toBe("The records are not UTF-8 text.");
    expect((await failureOf(Uint8Array.of(0x7b, 0xc3))).error.message).toBe("The records are not UTF-8 text.");
    function* endless() {
      const piece = "x".repeat(2 ** 20);
      for (let count = 0; count < 65; count++) yield piece;
      throw new Error("it was read on");
    }
    expect((await failureOf(endless())).error).toMatchObject({
      code: "record_malformed",
      message: "A line has more than 67108864 characters and no end.",
    });
  });
});

describe("what ends too early is not taken for the whole", () => {
  test("cut anywhere before the summary's end", async () => {
    const text = textOf(recordsWith(2, windowRecord));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: text.length - 2 }), async (length) => {
        const { error } = await failureOf(text.slice(0, length));
        expect(error.code).toBe("record_malformed");
      }),
    );
    expect((await failureOf("")).error.message).toBe("After 0 records there is no more, and no summary came.");
  });

  test("a connection that breaks, and one that is given up", async () => {
    async function* breaking(thrown: Error) {
      yield line(HEADER);
      throw thrown;
    }
    const broken = await failureOf(breaking(new TypeError("terminated")));
    expect(broken).toMatchObject({ before: ["header"], error: { code: "fetch_failed" } });
    expect(broken.error.message).toBe("The records broke off after 1: terminated.");
    const left = await failureOf(breaking(new DOMException("left", "AbortError")));
    expect(left.error.code).toBe("cancelled");
  });
});

describe("what the server says is thrown as its own error", () => {
  test("a problem response", async () => {
    const said = new OrcaError("wav_malformed", "The fmt chunk is odd.", {
      byteOffset: 22,
      field: "rate",
      hint: "Try.",
    });
    const { error } = await failureOf(problemResponse(said));
    const { code, message, byteOffset, field, hint } = said;
    expect(error).toMatchObject({ code, message, byteOffset, field, hint });
  });

  test("an error record; what came before it is valid", async () => {
    const said = { type: "error", code: "too_slow", message: "No byte came.", byteOffset: 7, hint: "Hurry." };
    const { error, before } = await failureOf(line(HEADER) + line(plain) + line(said));
    expect(before).toEqual(["header", "window"]);
    expect(error).toMatchObject({ code: "too_slow", message: "No byte came.", byteOffset: 7, hint: "Hurry." });
  });

  test("a code that is not known here is a failure of the server; its words stay", async () => {
    const { error } = await failureOf(line({ type: "error", code: "out_of_krill", message: "No krill." }));
    expect(error).toMatchObject({ code: "internal", message: "No krill." });
  });

  test("an answer of something else", async () => {
    const { error } = await failureOf(new Response("<h1>Bad gateway</h1>", { status: 502 }));
    expect(error).toMatchObject({
      code: "fetch_failed",
      message: "The server answered with status 502: <h1>Bad gateway</h1>.",
    });
    expect((await failureOf(new Response(null, { status: 404 }))).error.message).toBe(
      "The server answered with status 404.",
    );
  });
});
