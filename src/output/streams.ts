import type { LiveRecord } from "../live/index.ts";
import { type ErrorRecord, recordJson } from "./json.ts";
import type { Encoding } from "./numbers.ts";

/** A way to write records one after the other as text that can be read before its end. */
export interface TextStream {
  readonly contentType: string;
  /** Text that may stand between records and means nothing. */
  readonly nothing: string;
  write(record: LiveRecord | ErrorRecord, encoding: Encoding, bands: number): string;
}

/** One JSON object a line (https://github.com/ndjson/ndjson-spec). */
export const ndjson: TextStream = {
  contentType: "application/x-ndjson",
  // The next line begins with it: white space before a value is JSON (RFC 8259, 2), where an empty line is none.
  nothing: " ",
  write: (record, encoding, bands) => `${recordJson(record, encoding, bands)}\n`,
};

/** Server-sent events (HTML standard, 9.2): the record's type is the event, its JSON the data. */
export const serverSentEvents: TextStream = {
  contentType: "text/event-stream",
  nothing: ":\n\n",
  write: (record, encoding, bands) => `event: ${record.type}\ndata: ${recordJson(record, encoding, bands)}\n\n`,
};
