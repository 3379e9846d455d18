import { expect, test } from "vitest";
import { type RavenOptions, ravenLines } from "../../src/output/index.ts";
import type { EmbedRecord, WindowRecord } from "../../src/records/index.ts";
import { labelTable } from "../support/labels.ts";
import { HEADER, summaryOf } from "../support/records.ts";

const OPTIONS: RavenOptions = { path: "/data/site/a.wav", minScore: 0, classes: ["Speech", "Whale vocalization"] };
const header = { ...HEADER, model: "yamnet", rate: 16_000, scores: 3 } as const;
const windowOf = (index: number, scores: readonly number[], more: Partial<WindowRecord> = {}): WindowRecord => ({
  type: "window",
  index,
  start: index * 0.48,
  end: index * 0.48 + 0.96,
  rms: 0.1,
  embedding: new Float32Array(4),
  scores: Float32Array.from(scores),
  ...more,
});

function table(records: readonly EmbedRecord[], options: Partial<RavenOptions> = {}): Record<string, string>[] {
  const lines = ravenLines({ ...OPTIONS, ...options });
  const [head = [], ...rows] = records
    .map((record) => lines(record))
    .join("")
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at] ?? "missing"])));
}

test("a row a window, with its best class, as Raven reads them", () => {
  const rows = table([header, windowOf(0, [0.1, 0.75, 0]), windowOf(3, [0, 0, 0.5], { padded: 0.2 }), summaryOf(2)]);
  expect(rows[0]).toEqual({
    Selection: "1",
    View: "Spectrogram 1",
    Channel: "1",
    "Begin Time (s)": "0",
    "End Time (s)": "0.96",
    "Low Freq (Hz)": "0",
    "High Freq (Hz)": "8000",
    "Begin File": "a.wav",
    "Begin Path": "/data/site/a.wav",
    "File Offset (s)": "0",
    Class: "Whale vocalization",
    Score: "0.750000",
    "RMS (dBFS)": "-20.0",
    UTC: "",
  });
  // 3 · 0.48 is 1.44 to within 2^-52, and a selection ends with the recording.
  expect(rows[1]).toMatchObject({ "Begin Time (s)": "1.44", "End Time (s)": "2.2", "File Offset (s)": "1.44" });
  expect(rows[1]).toMatchObject({ Selection: "2", Class: "class 2" });
});

test("windows below the least score are left out, and rows are counted without them", () => {
  const windows = [windowOf(0, [0.2, 0, 0]), windowOf(1, [0.6, 0, 0]), windowOf(2, [0, 0.5, 0])];
  expect(table([header, ...windows], { minScore: 0.5 }).map(({ Selection, Class }) => [Selection, Class])).toEqual([
    ["1", "Speech"],
    ["2", "Whale vocalization"],
  ]);
});

test("a model without classes has a row for each window; one class is called by the model", () => {
  const { scores: _, ...plain } = header;
  const { scores: __, ...window } = windowOf(0, []);
  expect(Object.keys(table([plain, window])[0] ?? {})).not.toContain("Class");
  const humpback = { ...header, model: "humpback", rate: 10_000, scores: 1, channel: 1 } as const;
  const [row] = table([humpback, windowOf(0, [0.25], { utc: "2024-05-01T12:00:00.000Z", rms: 0 })]);
  expect(row).toMatchObject({ Class: "humpback", Channel: "2", "High Freq (Hz)": "5000" });
  expect(row).toMatchObject({ UTC: "2024-05-01T12:00:00.000Z", "RMS (dBFS)": "" });
});

test("the project's own reader of Raven's tables takes it, whatever the path holds", async () => {
  const lines = ravenLines({ ...OPTIONS, path: "/data/tab\there/a.wav" });
  const text = [header, windowOf(0, [0, 1, 0])].map((record) => lines(record)).join("");
  const labels = await labelTable(text, "a.selections.txt");
  expect(labels.files).toEqual(["/data/tab here/a.wav"]);
});
