import type { EmbedRecord } from "../embed/index.ts";
import { type ErrorRecord, recordJson } from "./json.ts";
import type { Encoding } from "./numbers.ts";

/** A way to write records one after the other as text that can be read before its end. */
export interface TextStream {
  readonly contentType: string;
  write(record: EmbedRecord | ErrorRecord, encoding: Encoding, bands: number): string;
}

/** One JSON object a line (https://github.com/ndjson/ndjson-spec). */
export const ndjson: TextStream = {
  contentType: "application/x-ndjson",
  write: (record, encoding, bands) => `${recordJson(record, encoding, bands)}\n`,
};

/** Server-sent events (HTML standard, 9.2): the record's type is the event, its JSON the data. */
export const serverSentEvents: TextStream = {
  contentType: "text/event-stream",
  write: (record, encoding, bands) => `event: ${record.type}\ndata: ${recordJson(record, encoding, bands)}\n\n`,
};
