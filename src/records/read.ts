import { chunksOf } from "../chunks.ts";
import { OrcaError } from "../errors.ts";
import { type ArrayField, arrayFields, type Failing, firstNonFinite, withArrays } from "./fields.ts";
import { whatIsWrong } from "./kinds.ts";
import { floatsOf, numbersOf } from "./numbers.ts";
import { errorOf, problemIn } from "./problems.ts";
import { RecordTexts } from "./texts.ts";
import type { AnyRecord, HeaderRecord, LiveRecord } from "./types.ts";

/** Where records come from: a server's response, or text and bytes of it, whole or in pieces that are cut anywhere. */
export type RecordSource =
  | Response
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | Iterable<string>
  | Uint8Array
  | string;

/**
 * The records of `source` as they come, NDJSON or server-sent events: of POST /v1/embeddings, of a live hydrophone, or of a
 * file that was written by `orca-embed`. Arrays of either encoding become Float32Array of the shapes that the header
 * gives, row-major. Reads no faster than the records are taken, and keeps none.
 *
 * Throws OrcaError: what the server said, where it answers with a problem or with an error record (what came before that
 * is valid); `record_malformed` for what is no record, for arrays that are not as the header says, for NaN and infinite
 * numbers, and where the text ends without a summary; `fetch_failed` where the connection breaks.
 */
export async function* readRecords(source: RecordSource): AsyncGenerator<LiveRecord> {
  const reader = new RecordReader();
  const texts = new RecordTexts();
  for await (const piece of unbroken(await piecesOf(source), reader)) {
    for (const text of texts.push(piece)) yield reader.read(text);
  }
  for (const text of texts.finish()) yield reader.read(text);
  reader.end();
}

/** Reads records one by one, in their order: the messages of a WebSocket, or lines. */
export class RecordReader {
  #count = 0;
  #fields: readonly ArrayField[] | undefined;
  /** Whether a header has come whose summary has not. */
  #open = false;

  /** Records that were read. */
  get count(): number {
    return this.#count;
  }

  /** A record of its JSON. Throws as `readRecords` does. */
  read(json: string): LiveRecord {
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch (cause) {
      const start = json.length > 60 ? `${json.slice(0, 60)}…` : json;
      throw this.#wrong(`it is no JSON (${start})`, cause);
    }
    return this.take(value);
  }

  /** As `read`, of JSON that was parsed already. */
  take(value: unknown): LiveRecord {
    const wrong = whatIsWrong(value);
    if (wrong !== undefined) throw this.#wrong(wrong);
    const record = value as AnyRecord;
    if (record.type === "error") throw errorOf(record);
    const taken = record.type === "window" ? this.#window(record) : record;
    if (taken.type === "header") this.#header(taken);
    else if (taken.type === "summary") this.#open = false;
    this.#count++;
    return taken;
  }

  /** There is no more. Throws `record_malformed` where something is missing. */
  end(): void {
    if (this.#count > 0 && !this.#open) return;
    throw new OrcaError("record_malformed", `After ${this.#count} records there is no more, and no summary came.`, {
      hint: "What came is valid, and not all of it: whoever wrote it did not come to the end.",
    });
  }

  #header(header: HeaderRecord): void {
    if (this.#open) throw this.#wrong("the header before it has no summary");
    this.#fields = arrayFields(header, (what) => this.#wrong(what));
    this.#open = true;
  }

  #window(window: object): LiveRecord {
    if (this.#fields === undefined || !this.#open) throw this.#wrong("no header came before the window");
    const fail: Failing = (what) => this.#wrong(what);
    return withArrays(
      window,
      this.#fields,
      (array, field) => floats(array, field, fail),
      fail,
    ) as unknown as LiveRecord;
  }

  #wrong(what: string, cause?: unknown): OrcaError {
    return new OrcaError("record_malformed", `Record ${this.#count + 1} cannot be read: ${what}.`, { cause });
  }
}

function floats(array: unknown, { name, shape, size }: ArrayField, fail: Failing): Float32Array<ArrayBuffer> {
  const values = typeof array === "string" ? floatsOf(array, size) : numbersOf(array, shape);
  if (values === undefined) {
    const form = typeof array === "string" ? `base64 of ${size} float32 numbers` : "numbers";
    throw fail(`${name} is not ${form} in the shape [${shape.join(", ")}] that the header gives`);
  }
  const bad = firstNonFinite(values);
  if (bad !== -1) throw fail(`${name} is ${values[bad]} at ${bad}`);
  return values;
}

/** Throws what the server says where it refuses. */
async function piecesOf(
  source: RecordSource,
): Promise<AsyncIterable<Uint8Array | string> | Iterable<string | Uint8Array>> {
  if (typeof source === "string" || source instanceof Uint8Array) return [source];
  if ("headers" in source) {
    if (!source.ok) throw await problemIn(source);
    return source.body === null ? [] : pieces(source.body);
  }
  return "getReader" in source ? pieces(source) : source;
}

function pieces(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => chunksOf(stream) };
}

/** What fails while pieces come is told as a connection that broke, with what had come. */
async function* unbroken(
  source: AsyncIterable<Uint8Array | string> | Iterable<string | Uint8Array>,
  reader: RecordReader,
): AsyncGenerator<Uint8Array | string> {
  try {
    for await (const piece of source) yield piece;
  } catch (thrown) {
    throw broken(thrown, reader.count);
  }
}

function broken(thrown: unknown, count: number): OrcaError {
  if (thrown instanceof OrcaError) return thrown;
  if (thrown instanceof Error && thrown.name === "AbortError")
    return new OrcaError("cancelled", `Reading was cancelled after ${count} records.`, { cause: thrown });
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new OrcaError("fetch_failed", `The records broke off after ${count}: ${why}.`, { cause: thrown });
}
