import { type ErrorCode, OrcaError } from "../errors.ts";
import { type ArrayField, arrayFields, firstNonFinite, withArrays } from "./fields.ts";
import { base64, type Encoding, nestedNumbers } from "./numbers.ts";
import type { AnyRecord, ErrorRecord, WindowRecord } from "./types.ts";

/** A way to write records one after the other as text that can be read before its end. */
export interface TextStream {
  readonly contentType: string;
  /** Text that may stand between records and means nothing. */
  readonly nothing: string;
  /** A record's JSON with what tells it from the next one. */
  frame(type: AnyRecord["type"], json: string): string;
}

/** One JSON object a line (https://github.com/ndjson/ndjson-spec). */
export const ndjson: TextStream = {
  contentType: "application/x-ndjson",
  // The next line begins with it: white space before a value is JSON (RFC 8259, 2), where an empty line is none.
  nothing: " ",
  frame: (_type, json) => `${json}\n`,
};

/**
 * Server-sent events (HTML standard, 9.2): the record's type is the event, its JSON the data. An error record's event is
 * `failure`: a browser's EventSource has an `error` of its own, for a connection that broke.
 */
export const serverSentEvents: TextStream = {
  contentType: "text/event-stream",
  nothing: ":\n\n",
  frame: (type, json) => `event: ${type === "error" ? "failure" : type}\ndata: ${json}\n\n`,
};

/**
 * Writes records as text. It takes them in their order, all of one result: the header says of which shapes the arrays
 * of the windows behind it are. Each further header (a live hydrophone's next stretch) begins anew.
 */
export class RecordWriter {
  /** How records follow on one another in what `write` gives. */
  readonly text: TextStream;
  readonly #encoding: Encoding;
  #fields: readonly ArrayField[] | undefined;

  /**
   * @param encoding  of arrays: JSON numbers (a spectrogram, and what has two dimensions or more, in a list a row), or
   *   base64 of little-endian float32
   */
  constructor(encoding: Encoding = "numbers", text: TextStream = ndjson) {
    this.#encoding = encoding;
    this.text = text;
  }

  /**
   * A record as a line of NDJSON, or as an event.
   * Throws OrcaError: `engine_failed` for a number that is NaN or infinite, which the engine made and which JSON does not
   * have; `internal` for arrays that are not as the header says.
   */
  write(record: AnyRecord): string {
    return this.text.frame(record.type, this.json(record));
  }

  /** A record as JSON in one line: a message of a WebSocket. Throws as `write` does. */
  json(record: AnyRecord): string {
    if (record.type === "header")
      this.#fields = arrayFields(record, (what) => new OrcaError("internal", `A header cannot be written: ${what}.`));
    return JSON.stringify(record.type === "window" ? this.#window(record) : record);
  }

  #window(window: WindowRecord): object {
    const fail = (what: string, code: ErrorCode = "internal") =>
      new OrcaError(code, `Window ${window.index} cannot be written: ${what}.`);
    if (this.#fields === undefined) throw fail("no header came before it");
    const text = (array: unknown, { name, shape, size }: ArrayField) => {
      const values = array as Float32Array<ArrayBuffer>;
      if (values.length !== size) throw fail(`${name} has ${values.length} numbers, and the header says ${size}`);
      const bad = firstNonFinite(values);
      if (bad !== -1) throw fail(`${name} is ${values[bad]} at ${bad}, which the engine made`, "engine_failed");
      return this.#encoding === "base64" ? base64(values) : nestedNumbers(values, shape);
    };
    return withArrays(window, this.#fields, text, fail);
  }
}

/**
 * What went wrong, as the last record of a result.
 * @param requestId  of the request, where there is one
 */
export function errorRecord({ code, message, byteOffset, hint }: OrcaError, requestId?: string): ErrorRecord {
  return {
    type: "error",
    code,
    message,
    ...(byteOffset === undefined ? {} : { byteOffset }),
    ...(hint === undefined ? {} : { hint }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
