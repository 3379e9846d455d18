/** Records as text, tables and archives: one file a format. */
export { csvLine } from "./csv.ts";
export type { ErrorRecord } from "./json.ts";
export { NpzWriter } from "./npz.ts";
export { ENCODINGS, type Encoding } from "./numbers.ts";
export { ndjson, serverSentEvents, type TextStream } from "./streams.ts";
