import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cell, headerRow, row } from "../../../src/output/projector/tsv.ts";
import { filesOf, modelBundle, textOf } from "../../support/bundles.ts";
import { labels as joined } from "../../support/labels.ts";
import { type Experiment, readBundle, readMetadata } from "../../support/projector-reader.ts";
import { HEADER, summaryOf, windowRecord } from "../../support/records.ts";

const BACK: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", "\\": "\\", ufeff: "\ufeff" };
const unescaped = (text: string) => text.replaceAll(/\\(ufeff|.)/g, (_, letter: string) => BACK[letter] as string);

/** Any text, with what matters to a table more often than by chance. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\\",
        "\\n",
        " ",
        "\u00a0",
        "\ufeff",
        "orca",
        "é",
        "🐋",
        "0",
        "NaN",
        "",
      ),
    )
    .map((parts) => parts.join("")),
);

describe("cells", () => {
  test("every text that is more than white space comes back, and keeps to its cell", () => {
    fc.assert(
      fc.property(text, (value) => {
        const written = cell(value);
        expect(written).not.toMatch(/[\t\n\r]/);
        expect(unescaped(written)).toBe(value.trim() === "" ? "" : value);
      }),
      { numRuns: 1000 },
    );
  });

  test("whatever is in a table, the projector reads as many rows and the same cells", () => {
    const tables = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(text, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 }),
      );
    fc.assert(
      fc.property(tables, (rows) => {
        const names = (rows[0] as string[]).map((_, at) => `column ${at}`);
        const bytes = new TextEncoder().encode(headerRow(names) + rows.map(row).join(""));
        const read = readMetadata(bytes);
        expect(read.columns).toEqual(names.length === 1 ? ["label"] : names);
        expect(read.rows.length).toBe(rows.length);
        for (const [at, values] of rows.entries()) {
          const blank = values.every((value) => cell(value) === "");
          // Half a surrogate pair has no UTF-8.
          const expected = values.map((value) => (cell(value) === "" ? null : cell(value).toWellFormed()));
          expect(Object.values(read.rows[at] ?? {})).toEqual(blank ? ["-", ...expected.slice(1)] : expected);
        }
      }),
      { numRuns: 500 },
    );
  });
});

const labelsOf = (text: string) => joined(text, "call.wav");
const window = (index: number) => windowRecord(index, { spectrogram: new Float32Array(8) });
const records = [HEADER, window(0), window(1), window(2), summaryOf(3)];

describe("columns", () => {
  test("one column has no header, and no row of it is lost", async () => {
    // Windows are 0.96 s every 0.48 s; the middle one has no label.
    const labels = await labelsOf("start,end,call\n0,0.4,S01\n1.5,1.9,S\t02\n");
    const file = await filesOf([await modelBundle(records, { labels, columns: ["call"] })]);
    expect(textOf(file("yamnet/metadata.tsv"))).toBe("S01\n-\nS\\t02\n");
    const [experiment] = readBundle(file) as [Experiment];
    expect(experiment.warnings).toEqual([]);
    expect(experiment.metadata.columns).toEqual(["label"]);
  });

  test("label columns never take the place of the bundle's own", async () => {
    const labels = await labelsOf("start,end,window,rms,rms\n0,9,a,b,c\n");
    const [experiment] = readBundle(await filesOf([await modelBundle(records, { labels })])) as [Experiment];
    expect(experiment.warnings).toEqual([]);
    expect(experiment.metadata.rows[0]).toEqual({
      file: "call.wav",
      window: "0",
      start: "0",
      end: "0.96",
      rms: "0.125",
      label_window: "a",
      label_rms: "b",
      label_label_rms: "c",
    });
  });

  test("a column that is empty everywhere is left out, and one that is unknown refused", async () => {
    const labels = await labelsOf("start,end,call,note\n0,9,S01,\n");
    const [experiment] = readBundle(await filesOf([await modelBundle(records, { labels })])) as [Experiment];
    expect(experiment.metadata.columns).toEqual(["file", "window", "start", "end", "rms", "call"]);
    await expect(modelBundle(records, { columns: ["pod"] })).rejects.toMatchObject({
      code: "bad_option",
      message: 'There is no column "pod".',
    });
  });

  test("classes have names where the list is as long as the scores", async () => {
    const scores = Float32Array.of(0.1, 0.9, 0.3);
    const scored = [HEADER, { ...window(0), scores }, summaryOf(1)];
    const top = async (classes: string[]) =>
      readBundle(await filesOf([await modelBundle(scored, { classes })]))[0]?.metadata.rows[0];
    expect(await top(["Speech", "Whale vocalization", "Click"])).toMatchObject({
      top_class: "Whale vocalization",
      top_score: "0.9",
    });
    expect(await top(["Speech"])).toMatchObject({ top_class: "class 1", top_score: "0.9" });
  });
});
