import { describe, expect, test } from "vitest";
import {
  ANNOTATION_FORMATS,
  type Annotation,
  agreement,
  annotationLines,
  annotationsIn,
  annotationTrouble,
  byRecording,
  isLabelOf,
  kindOf,
  labelsAbove,
  overlaps,
  type TimedRecording,
} from "../../src/labels/index.ts";
import { labelTable } from "../support/labels.ts";

const RECORDINGS: readonly TimedRecording[] = [
  { name: "haro/a.wav", path: "/data/haro/a.wav", utc: Date.UTC(2024, 4, 1, 12), seconds: 60 },
  { name: "haro/b.wav", path: "/data/haro/b.wav", utc: Date.UTC(2024, 4, 1, 13), seconds: 60 },
];

const CALLS: readonly Annotation[] = [
  {
    recording: "haro/a.wav",
    start: 1.5,
    end: 2.25,
    label: "orca/srkw/j",
    kind: "positive",
    by: "ana",
    when: "2024-06-01T00:00:00Z",
    note: 'loud, "clear"',
    low: 500,
    high: 8000,
  },
  { recording: "haro/b.wav", start: 0, end: 10, label: "ship", kind: "negative", by: "ben" },
  { recording: "haro/b.wav", start: 3, end: 4, label: "humpback", kind: "uncertain", by: "ben" },
];

const read = async (text: string, recordings = RECORDINGS) =>
  annotationsIn(await labelTable(text), "labels.csv", recordings, { by: "me" });

describe("annotations in tables", () => {
  test.each(["csv", "raven"] as const)("%s gives back all that was written", async (format) => {
    const { annotations, strangers } = await read([...annotationLines(CALLS, format, path)].join(""));
    // A selection table has 0 Hz where a label has no band.
    const expected = format === "csv" ? CALLS : CALLS.map((one) => (one.low === undefined ? { ...one, low: 0 } : one));
    expect(annotations).toEqual(expected);
    expect(strangers).toEqual([]);
  });

  test("hoplite's CSV keeps place, label and kind", async () => {
    const text = [...annotationLines(CALLS, "hoplite")].join("");
    expect(text.split("\n")[1]).toBe("haro/a.wav,1.5,2.25,orca/srkw/j,positive");
    const { annotations } = await read(text);
    expect(annotations).toEqual(
      CALLS.map(({ recording, start, end, label, kind }) => ({ recording, start, end, label, kind, by: "me" })),
    );
  });

  test("Audacity's and BirdNET-Analyzer's tables get what is positive", async () => {
    expect([...annotationLines(CALLS, "audacity")].join("")).toBe("1.5\t2.25\torca/srkw/j\n\\\t500\t8000\n");
    const one = RECORDINGS.slice(0, 1);
    const [audacity] = (await read([...annotationLines(CALLS, "audacity")].join(""), one)).annotations;
    expect(audacity).toMatchObject({ recording: "haro/a.wav", start: 1.5, end: 2.25, low: 500, high: 8000 });
    const { annotations } = await read([...annotationLines(CALLS, "birdnet", path)].join(""));
    expect(annotations).toEqual([
      { recording: "haro/a.wav", start: 1.5, end: 2.25, label: "orca/srkw/j", kind: "positive", by: "me" },
    ]);
  });

  test("times of the clock find their recording; what lies in none is counted", async () => {
    const table =
      "start_utc,end_utc,label\n2024-05-01T13:00:05Z,2024-05-01T13:00:06Z,orca\n2024-05-01T15:00:00Z,2024-05-01T15:00:01Z,orca\n";
    const { annotations, elsewhere } = await read(table);
    expect(annotations).toEqual([
      { recording: "haro/b.wav", start: 5, end: 6, label: "orca", kind: "positive", by: "me" },
    ]);
    expect(elsewhere).toBe(1);
  });

  test("rows that nobody has filled in, and what lies behind a recording's end, are left out and counted", async () => {
    const table =
      "file,start,end,label,kind\na.wav,0,1,,\na.wav,1,2,orca,\na.wav,2,3,orca,negative\na.wav,60,70,orca,\n";
    const { annotations, unlabelled, behind } = await read(table);
    expect(annotations.map(({ start, kind }) => [start, kind])).toEqual([
      [1, "positive"],
      [2, "negative"],
    ]);
    expect([unlabelled, behind]).toEqual([1, 1]);
  });

  test.each([
    ["file,start,end\na.wav,0,1\n", "labels.csv has no column of labels"],
    ["file,start,end,label\na.wav,0,1,orca//j\n", "has an empty part"],
    ["file,start,end,label,label_type\na.wav,0,1,orca,maybe\n", '"maybe" is no kind of label'],
    ["start,end,label\n0,1,orca\n", "does not say which of 2 recordings"],
  ])("%j is refused", async (text, message) => {
    await expect(read(text)).rejects.toMatchObject({ code: "bad_option", message: expect.stringContaining(message) });
  });

  test("every format has a writer", () => {
    for (const format of ANNOTATION_FORMATS) expect([...annotationLines([], format)].length).toBeLessThan(2);
  });
});

describe("labels and windows", () => {
  test("a label holds where it overlaps, as in hoplite: touching is none", () => {
    const window = { start: 1, end: 2 };
    const holds = [
      [0, 1],
      [0, 1.1],
      [1.5, 1.5],
      [1.9, 9],
      [2, 3],
    ].map(([start = 0, end = 0]) => overlaps({ start, end }, window));
    expect(holds).toEqual([false, true, true, true, false]);
    const of = byRecording([...CALLS, { ...(CALLS[1] as Annotation), start: 100, end: 101 }]);
    expect(of.get("haro/b.wav")?.in({ start: 3.5, end: 4.46 })).toEqual([CALLS[1], CALLS[2]]);
    expect(of.get("haro/b.wav")?.in({ start: 10, end: 10.96 })).toEqual([]);
  });

  test("labels are paths", () => {
    expect(["orca", "orca/srkw", "orcas"].map((label) => isLabelOf(label, "orca"))).toEqual([true, true, false]);
    expect(labelsAbove("orca/srkw/j")).toEqual(["orca", "orca/srkw", "orca/srkw/j"]);
    expect([0, "1", "Uncertain", "3", ""].map(kindOf)).toEqual([
      "negative",
      "positive",
      "uncertain",
      undefined,
      undefined,
    ]);
    expect(annotationTrouble({ ...(CALLS[0] as Annotation), end: 1 })).toBe("it ends before it begins");
    expect(annotationTrouble({ ...(CALLS[0] as Annotation), by: " " })).toBe("it does not say who made it");
  });

  test("agreement counts windows that both judged", () => {
    const windows = Array.from({ length: 6 }, (_, at) => ({ recording: "r", start: at, end: at + 1 }));
    const says = (by: string, kinds: string) =>
      [...kinds].flatMap((kind, at): Annotation[] =>
        kind === " "
          ? []
          : [
              {
                recording: "r",
                start: at,
                end: at + 1,
                label: "orca/j",
                kind: kind === "+" ? "positive" : "negative",
                by,
              },
            ],
      );
    const found = agreement(windows, [...says("ana", "++--+ "), ...says("ben", "+--- +")], ["ana", "ben"], "orca");
    // Of four windows, three alike; by chance (1/2 * 1/4 + 1/2 * 3/4) = 1/2.
    expect(found).toEqual({ label: "orca", both: 1, first: 1, second: 0, neither: 2, share: 0.75, kappa: 0.5 });
  });
});

const path = (recording: string) => ({ path: `/data/${recording}` });
