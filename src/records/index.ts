/** Records: what they hold (schema.ts says it for OpenAPI), and their writing and reading as text. */
export { type ArrayField, arrayFields, firstNonFinite } from "./fields.ts";
export { ENCODINGS, type Encoding, jsonNumbers } from "./numbers.ts";
export { RecordReader, type RecordSource, readRecords } from "./read.ts";
export { RecordTexts } from "./texts.ts";
export {
  type AnyRecord,
  type EmbedRecord,
  type ErrorRecord,
  type EventRecord,
  GAP_REASONS,
  type GapReason,
  type GapRecord,
  type HeaderRecord,
  type HeadRecord,
  type LiveRecord,
  type OutputShape,
  type PcenMode,
  type SpectrogramShape,
  type StartRecord,
  type SummaryRecord,
  type WaitingRecord,
  type WindowRecord,
} from "./types.ts";
export { errorRecord, ndjson, RecordWriter, serverSentEvents, type TextStream } from "./write.ts";
