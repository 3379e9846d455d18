/** Records as tables, pictures and archives: one file a format. As text they are written by records/. */

export { magma } from "./colour.ts";
export { csvLine } from "./csv.ts";
export * from "./detections/index.ts";
export { FLAC_BLOCK, flac16, flac16Parts } from "./flac-writer.ts";
export { type JudgementReport, judgementPage } from "./judgement-page.ts";
export { NpzWriter, type Spool } from "./npz.ts";
export { type ParquetOptions, ParquetTable } from "./parquet.ts";
export * from "./projector/index.ts";
export { type RavenOptions, ravenLines } from "./raven.ts";
export { type PicturedSound, soundPicture } from "./sound-picture.ts";
export { spectrogramPng } from "./spectrogram-png.ts";
