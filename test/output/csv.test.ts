import { describe, expect, test } from "vitest";
import { csvLine } from "../../src/output/index.ts";
import { fullWindow, HEADER, recordsWith, summaryOf, timed, windowRecord } from "../support/records.ts";

const bitsOf = (values: ArrayLike<number>) => new Uint32Array(Float32Array.from(values).buffer);

describe("CSV", () => {
  test("a column utc where the start is known", () => {
    const lines = timed(recordsWith(2, windowRecord)).map((record) => csvLine(record, false));
    expect(lines[0]).toContain("\nindex,start,end,utc,e0,e1,e2,e3,e4\n");
    expect(lines.slice(1, 3).map((line) => line.split(",").slice(0, 4))).toEqual([
      ["0", "0", "0.96", "2024-05-01T12:00:00.000Z"],
      ["1", "0.48", "1.44", "2024-05-01T12:00:00.480Z"],
    ]);
  });

  test("facts behind #, a header, a row a window; as many columns in each", () => {
    for (const scores of [false, true]) {
      const text = recordsWith(3, fullWindow)
        .map((record) => csvLine(record, scores))
        .join("");
      const lines = text.split("\n");
      expect(lines.pop()).toBe("");
      const facts = lines.filter((line) => line.startsWith("# ")).map((line) => JSON.parse(line.slice(2)));
      const { type: _, ...header } = HEADER;
      const { type: __, ...summary } = summaryOf(3);
      expect(facts).toEqual([header, summary]);
      const table = lines.filter((line) => !line.startsWith("#")).map((line) => line.split(","));
      const names = ["index", "start", "end", "e0", "e1", "e2", "e3", "e4", ...(scores ? ["s0", "s1", "s2"] : [])];
      expect(table[0]).toEqual(names);
      for (const [index, row] of table.slice(1).entries()) {
        const { start, end, embedding, scores: classes } = fullWindow(index);
        expect(row.slice(0, 3).map(Number)).toEqual([index, start, end]);
        expect(bitsOf(row.slice(3).map(Number))).toEqual(bitsOf([...embedding, ...(scores ? (classes ?? []) : [])]));
      }
    }
  });
});
