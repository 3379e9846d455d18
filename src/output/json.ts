import type { WindowRecord } from "../embed/index.ts";
import type { LiveRecord } from "../live/index.ts";
import { base64, type Encoding, jsonNumbers } from "./numbers.ts";

/** The last record of a result that failed on the way; what came before it is valid. */
export interface ErrorRecord {
  readonly type: "error";
  readonly code: string;
  readonly message: string;
  readonly byteOffset?: number;
  readonly hint?: string;
}

/** A record as one line of JSON, without the line's end. A spectrogram of numbers has a row a frame. */
export function recordJson(record: LiveRecord | ErrorRecord, encoding: Encoding, bands: number): string {
  return JSON.stringify(record.type === "window" ? windowJson(record, encoding, bands) : record);
}

function windowJson(record: WindowRecord, encoding: Encoding, bands: number): object {
  const array = (values: Float32Array<ArrayBuffer>) => (encoding === "base64" ? base64(values) : jsonNumbers(values));
  const { embedding, scores, spectrogram, ...rest } = record;
  return {
    ...rest,
    embedding: array(embedding),
    ...(scores === undefined ? {} : { scores: array(scores) }),
    ...(spectrogram === undefined
      ? {}
      : { spectrogram: encoding === "base64" ? base64(spectrogram) : rows(spectrogram, bands) }),
  };
}

function rows(values: Float32Array, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    jsonNumbers(values.subarray(row * width, (row + 1) * width)),
  );
}
