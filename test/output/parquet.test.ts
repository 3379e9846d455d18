import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import { joinBytes } from "../../src/join.ts";
import { type ParquetOptions, ParquetTable } from "../../src/output/index.ts";
import type { EmbedRecord, WindowRecord } from "../../src/records/index.ts";
import { noise } from "../support/recordings.ts";
import { HEADER, summaryOf } from "../support/records.ts";

const header = { ...HEADER, embedding: 128, scores: 521 };
const { frames = 0, bands = 0 } = HEADER.spectrogram ?? {};
const shape = [frames, bands] as const;

function windowOf(index: number, more: Partial<WindowRecord> = {}): WindowRecord {
  return {
    type: "window",
    index,
    start: index * 0.48,
    end: index * 0.48 + 0.96,
    rms: Math.fround(0.1) + index / 1e9,
    embedding: noise(128, index),
    scores: noise(521, -index),
    spectrogram: noise(shape[0] * shape[1], index + 7),
    ...more,
  };
}

function table(records: readonly EmbedRecord[], options: Partial<ParquetOptions> = {}) {
  const writer = new ParquetTable({ file: "site/été.wav", scores: true, spectrogram: false, ...options });
  const pieces: Uint8Array[] = [];
  for (const record of records) pieces.push(...writer.push(record));
  const early = pieces.length;
  pieces.push(...writer.finish());
  return { bytes: joinBytes(pieces), early };
}

const bytesOf = (values: Iterable<number>) => Buffer.from(Float32Array.from(values).buffer);
const read = (bytes: Uint8Array<ArrayBuffer>) => parquetReadObjects({ file: bytes.buffer });
const columns = (bytes: Uint8Array<ArrayBuffer>) => {
  const { schema } = parquetMetadata(bytes.buffer);
  return schema.filter(({ name }) => !["root", "list", "element"].includes(name)).map(({ name }) => name);
};

describe("a recording as Parquet", () => {
  test("reads back bit for bit, in row groups that left before the end", async () => {
    const wide = { ...header, embedding: 100_000 };
    const windows = Array.from({ length: 11 }, (_, index) => windowOf(index, { embedding: noise(100_000, index) }));
    const { bytes, early } = table([wide, ...windows, summaryOf(11)]);
    const metadata = parquetMetadata(bytes.buffer);
    // 2^20 numbers of 100,521 a window.
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([10, 1]);
    expect(early).toBe(1);
    const rows = await read(bytes);
    expect(rows.length).toBe(windows.length);
    for (const [at, row] of rows.entries()) {
      const { index, start, end, rms, embedding, scores } = windows[at] as WindowRecord;
      const { embedding: e, scores: s, ...rest } = row;
      expect(rest).toEqual({ file: "site/été.wav", window: index, start, end, utc: null, rms });
      expect(bytesOf(e).equals(bytesOf(embedding))).toBe(true);
      expect(bytesOf(s).equals(bytesOf(scores ?? []))).toBe(true);
    }
    const about = Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value]));
    expect(JSON.parse(about.header ?? "")).toEqual(wide);
    expect(JSON.parse(about.summary ?? "")).toEqual(summaryOf(11));
    expect(metadata.created_by).toMatch(/^orca-embeddings \d/);
  });

  test("carries UTC to the millisecond, and the numbers that JSON has no word for", async () => {
    const odd = Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY, -0, 1.4e-45, ...noise(124, 3));
    const { bytes } = table([header, windowOf(0, { utc: "2024-05-01T12:00:00.250Z", embedding: odd })]);
    const [row] = await read(bytes);
    expect(row?.utc).toEqual(new Date("2024-05-01T12:00:00.250Z"));
    expect(new Uint32Array(Float32Array.from(row?.embedding).buffer)).toEqual(new Uint32Array(odd.buffer));
  });

  test("has further outputs where the header names them, and no spectrogram of a model that has none", async () => {
    const { spectrogram: _, ...rest } = header;
    const named = { ...rest, outputs: [{ name: "notes", role: "other", shape: [2, 3] }] };
    const { spectrogram: __, ...window } = windowOf(0, { outputs: { notes: noise(6, 1) } });
    const { bytes } = table([named, window, summaryOf(1)], { spectrogram: true });
    expect(columns(bytes).slice(6)).toEqual(["embedding", "scores", "outputs.notes"]);
    const [row] = await read(bytes);
    expect(Array.from(row?.["outputs.notes"])).toEqual(Array.from(noise(6, 1)));
  });

  test("has the columns that were asked for, with and without windows, so that a folder of files has one schema", async () => {
    const all = ["file", "window", "start", "end", "utc", "rms", "embedding", "scores"];
    for (const windows of [[], [windowOf(0)]]) {
      expect(columns(table([header, ...windows]).bytes)).toEqual(all);
      expect(columns(table([header, ...windows], { spectrogram: true }).bytes)).toEqual([...all, "spectrogram"]);
      expect(columns(table([header, ...windows], { scores: false }).bytes)).toEqual(all.slice(0, -1));
    }
    const { scores: _, ...without } = header;
    expect(columns(table([without]).bytes)).toEqual(all.slice(0, -1));
    expect(await read(table([header, summaryOf(0)]).bytes)).toEqual([]);
    const [row] = await read(table([header, windowOf(5)], { spectrogram: true }).bytes);
    expect(Float32Array.from(row?.spectrogram)).toEqual(windowOf(5).spectrogram);
  });
});
