import type { EmbedRecord, WindowRecord } from "../../src/embed/index.ts";

/**
 * The records of an NDJSON response as they arrive; arrays of either encoding become Float32Array. Rejects with the
 * problem's or the error record's own words.
 */
export async function* readRecords(response: Response): AsyncGenerator<EmbedRecord> {
  if (!response.ok || response.body === null) {
    const problem = JSON.parse(await response.text()) as { detail: string; hint?: string };
    throw new Error(`${problem.detail} ${problem.hint ?? ""}`);
  }
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield parseRecord(line);
  }
}

export function parseRecord(line: string): EmbedRecord {
  const record = JSON.parse(line) as Record<string, unknown> & { type: string };
  if (record.type === "error") throw new Error(`${record.message} ${record.hint ?? ""}`);
  if (record.type !== "window") return record as unknown as EmbedRecord;
  for (const key of ["embedding", "scores", "spectrogram"]) {
    if (record[key] !== undefined) record[key] = floats(record[key]);
  }
  return record as unknown as WindowRecord;
}

function floats(value: unknown): Float32Array {
  if (typeof value === "string") return new Float32Array(Uint8Array.from(Buffer.from(value, "base64")).buffer);
  return Float32Array.from((value as (number | number[])[]).flat());
}
