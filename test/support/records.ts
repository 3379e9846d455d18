import type { EmbedRecord, HeaderRecord, SummaryRecord, WindowRecord } from "../../src/records/index.ts";
import { type LiveRecord, type RecordSource, readRecords } from "../../src/records/index.ts";
import { noise } from "./signals.ts";

/** Records as the pipeline makes them, for a small made-up model: embeddings of 5, 3 classes, 4 frames of 2 bands. */
export const HEADER = {
  type: "header",
  model: "yamnet",
  variant: "fp32",
  weights: "seeded",
  warning: "seeded, not trained",
  sha256: "0".repeat(64),
  provenance: { address: "nowhere", sha256: null, licence: "none", parameters: 1, converter: "none" },
  engine: "none",
  version: "0.0.0",
  source: { container: "wav", encoding: "s16le", rate: 16_000, channels: 1 },
  channel: "mean",
  resampler: { name: "none", from: 16_000, to: 16_000, passBand: 8000, delay: 0 },
  rate: 16_000,
  window: { seconds: 0.96, hop: 0.48 },
  spectrogram: { frames: 4, bands: 2, hop: 0.01, unit: "ln(mel + 0.001)", shown: { from: -7, to: 6, steps: "even" } },
  embedding: 5,
  scores: 3,
} as const satisfies HeaderRecord;

/** All records of a source. */
export async function recordsOf(source: RecordSource): Promise<LiveRecord[]> {
  const records: LiveRecord[] = [];
  for await (const record of readRecords(source)) records.push(record);
  return records;
}

export function windowRecord(index: number, more: Partial<WindowRecord> = {}): WindowRecord {
  const start = Math.round(index * 48) / 100;
  return {
    type: "window",
    index,
    start,
    end: Math.round((start + 0.96) * 100) / 100,
    rms: 0.125,
    embedding: Float32Array.from(noise(5, 3, index + 1)),
    ...more,
  };
}

/** A window with everything that may be asked for. */
export function fullWindow(index: number): WindowRecord {
  return windowRecord(index, {
    scores: Float32Array.from(noise(3, 1, 50 + index)),
    spectrogram: Float32Array.from(noise(8, 7, 90 + index)),
  });
}

export function summaryOf(windows: number): SummaryRecord {
  return { type: "summary", windows, seconds: 0.96, bytes: 30_764, complete: true, findings: [] };
}

export function recordsWith(count: number, make: (index: number) => WindowRecord): EmbedRecord[] {
  return [HEADER, ...Array.from({ length: count }, (_, index) => make(index)), summaryOf(count)];
}

/** The same of a recording that began on 1 May 2024 at noon. */
export function timed(records: readonly EmbedRecord[]): EmbedRecord[] {
  const began = Date.UTC(2024, 4, 1, 12);
  const text = (seconds: number) => new Date(began + Math.round(seconds * 1000)).toISOString();
  return records.map((record) => {
    if (record.type === "header") return { ...record, start: { utc: text(0), source: "start=", uncertainty: 1 } };
    return record.type === "window" ? { ...record, utc: text(record.start) } : record;
  });
}
