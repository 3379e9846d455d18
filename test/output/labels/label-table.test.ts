import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { delimitedRows } from "../../../src/delimited.ts";
import { LabelTable } from "../../../src/output/index.ts";

describe("delimited text", () => {
  test("quotes, CR LF, a byte order mark and blank lines", () => {
    const rows = delimitedRows('\uFEFFfile,label\r\n"a, b.wav","he said ""orca"""\r\n\r\n"two\nlines",x\nlast,');
    expect(rows).toEqual([
      { line: 1, fields: ["file", "label"] },
      { line: 2, fields: ["a, b.wav", 'he said "orca"'] },
      { line: 4, fields: ["two\nlines", "x"] },
      { line: 6, fields: ["last", ""] },
    ]);
    expect(delimitedRows("a,b\tc\n1,5\t2").map(({ fields }) => fields)).toEqual([
      ["a,b", "c"],
      ["1,5", "2"],
    ]);
    expect(delimitedRows("")).toEqual([]);
    expect(delimitedRows("alone")).toEqual([{ line: 1, fields: ["alone"] }]);
  });
});

describe("labels by time", () => {
  const CSV = "file,start,end,label,pod\nnight/a.wav,1,2,S01,J\na.wav,1.8,3,S16,J\nb.wav,0,10,ship,\n";

  test("CSV: the longest overlap, the earlier of two equals, the recording by its name", () => {
    const labels = new LabelTable(CSV, "labels.csv");
    expect(labels.columns).toEqual(["label", "pod"]);
    expect(labels.files).toEqual(["a.wav", "b.wav"]);
    expect(labels.at("a.wav", { start: 0, end: 1 })).toEqual(["", ""]);
    expect(labels.at("a.wav", { start: 0, end: 1.01 })).toEqual(["S01", "J"]);
    expect(labels.at("/data/a.wav", { start: 1, end: 2 })).toEqual(["S01", "J"]);
    expect(labels.at("a.wav", { start: 1.8, end: 2.8 })).toEqual(["S16", "J"]);
    expect(labels.at("a.wav", { start: 1.7, end: 2.1 })).toEqual(["S01", "J"]);
    expect(labels.at("a.wav", { start: 3, end: 4 })).toEqual(["", ""]);
    expect(labels.at("b.wav", { start: 9.9, end: 20 })).toEqual(["ship", ""]);
    expect(labels.at("c.wav", { start: 0, end: 10 })).toEqual(["", ""]);
    expect([labels.knows("a.wav"), labels.knows("c.wav")]).toEqual([true, false]);
  });

  test("a Raven selection table", () => {
    const raven = [
      "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tCall Type",
      "1\tSpectrogram 1\t1\t12.5\t13.25\t500\t6000\tS04",
      "2\tSpectrogram 1\t1\t20\t20.5\t700\t8000\tS10",
    ].join("\r\n");
    const labels = new LabelTable(raven, "call.Table.1.selections.txt");
    expect(labels.namesFiles).toBe(false);
    expect(labels.columns).toEqual(["Selection", "View", "Channel", "Low Freq (Hz)", "High Freq (Hz)", "Call Type"]);
    expect(labels.at("any.wav", { start: 12.48, end: 13.44 })).toEqual([
      "1",
      "Spectrogram 1",
      "1",
      "500",
      "6000",
      "S04",
    ]);
  });

  test("Raven over several files counts from each file's own start", () => {
    const raven = [
      "Begin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)\tCall",
      "5\t6\tone.wav\t5\tS01",
      "65\t67\ttwo.wav\t5\tS02",
    ].join("\n");
    const labels = new LabelTable(raven, "table.txt");
    expect(labels.columns).toEqual(["Call"]);
    expect(labels.at("two.wav", { start: 6.5, end: 7 })).toEqual(["S02"]);
    expect(labels.at("two.wav", { start: 7, end: 8 })).toEqual([""]);
    expect(labels.at("two.wav", { start: 65, end: 67 })).toEqual([""]);
  });

  test("a training set: durations, and names without ending", () => {
    const labels = new LabelTable(
      "wav_filename\tstart_time_s\tduration_s\tlocation\n0001\t2\t2.5\tHaro Strait\n",
      "train.tsv",
    );
    expect(labels.at("0001.wav", { start: 4.4, end: 5 })).toEqual(["Haro Strait"]);
    expect(labels.at("0001.wav", { start: 4.5, end: 5 })).toEqual([""]);
  });

  test("a label without length belongs to the stretch that it lies in, and gives way to one that overlaps", () => {
    const labels = new LabelTable("start,end,label\n2,2,click\n3,3,blow\n2.9,3.5,call\n", "labels.csv");
    expect(labels.at("x", { start: 1, end: 2 })).toEqual([""]);
    expect(labels.at("x", { start: 2, end: 2.5 })).toEqual(["click"]);
    expect(labels.at("x", { start: 2.5, end: 3.2 })).toEqual(["call"]);
  });

  test.each([
    ["file,label\na.wav,S01\n", "labels.csv has no column of start times, or none of ends: file, label."],
    ["", "labels.csv has no column of start times, or none of ends: ."],
    ["start,end\n1,2\n3,late\n", 'labels.csv, line 3: end is "late", not a number.'],
    ["start,end\n,2\n", 'labels.csv, line 2: start is "", not a number.'],
  ])("%j is refused", (text, message) => {
    expect(() => new LabelTable(text, "labels.csv")).toThrow(message);
  });

  test("as a search through all labels would find", () => {
    const time = fc.integer({ min: 0, max: 60 });
    const label = fc.tuple(time, fc.integer({ min: 1, max: 30 }));
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 30 }),
        time,
        fc.integer({ min: 1, max: 10 }),
        (labels, start, length) => {
          const end = start + length;
          const text = labels.map(([from, duration], at) => `${from},${from + duration},${at}`).join("\n");
          const found = new LabelTable(`start,end,label\n${text}\n`, "labels.csv").at("x", { start, end })[0];
          const overlap = (at: number) => {
            const [from, duration] = labels[at] as [number, number];
            return Math.min(end, from + duration) - Math.max(start, from);
          };
          const most = Math.max(...labels.map((_, at) => overlap(at)));
          if (most <= 0) expect(found).toBe("");
          else expect(overlap(Number(found))).toBe(most);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("times of the clock are joined by UTC, whichever the file", () => {
    const table =
      "begin_utc,duration,label\n2024-05-01T12:00:01Z,2,S01\n2024-05-01T14:00:10+02:00,0,click\n2024/05/01 12:00:20.5,1,S16";
    const labels = new LabelTable(table, "table.csv");
    expect([labels.byClock, labels.namesFiles, labels.columns]).toEqual([true, false, ["label"]]);
    const at = (utc: string | undefined) => labels.at("any.wav", { start: 3, end: 3.96, utc });
    expect(at("2024-05-01T12:00:00.030Z")).toEqual([""]);
    expect(at("2024-05-01T12:00:00.050Z")).toEqual(["S01"]);
    expect(at("2024-05-01T12:00:09.500Z")).toEqual(["click"]);
    expect(at("2024-05-01T12:00:21.400Z")).toEqual(["S16"]);
    expect(at(undefined)).toEqual([""]);
    // Raven's table has seconds, which go first.
    const raven = new LabelTable(
      "Begin Time (s)\tEnd Time (s)\tBegin Date Time\n1\t2\t2024/05/01 12:00:01",
      "table.txt",
    );
    expect([raven.byClock, raven.columns]).toEqual([false, ["Begin Date Time"]]);
    const pairs = new LabelTable("file,start,end,label\na.wav,2024-05-01T12:00:01Z,2024-05-01T12:00:02Z,S01", "t.csv");
    expect(pairs.at("a.wav", { start: 0, end: 1, utc: "2024-05-01T12:00:00.500Z" })).toEqual(["S01"]);
    expect(pairs.at("b.wav", { start: 0, end: 1, utc: "2024-05-01T12:00:00.500Z" })).toEqual([""]);
    expect(() => new LabelTable("start_utc,duration\n2024-05-01T12:00:01Z,1\n2024-13-01T12:00:01Z,1", "t.csv")).toThrow(
      't.csv, line 3: start_utc is "2024-13-01T12:00:01Z", no date and time.',
    );
  });
});
