/** Records as text, tables and archives: one file a format. */

export { magma } from "./colour.ts";
export { csvLine } from "./csv.ts";
export type { ErrorRecord } from "./json.ts";
export { LabelTable } from "./labels/index.ts";
export { NpzWriter, type Spool } from "./npz.ts";
export { ENCODINGS, type Encoding } from "./numbers.ts";
export { type ParquetOptions, ParquetTable } from "./parquet.ts";
export * from "./projector/index.ts";
export { type RavenOptions, ravenLines } from "./raven.ts";
export { spectrogramPng } from "./spectrogram-png.ts";
export { ndjson, serverSentEvents, type TextStream } from "./streams.ts";
