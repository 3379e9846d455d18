import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { namedRecordings } from "../../src/labels/recordings.ts";
import { labels, recordings } from "../support/labels.ts";

const named = (paths: readonly string[], ...of: readonly string[]) => namedRecordings(paths, recordings(...of));

describe("a table's paths and the recordings that they name", () => {
  test("a path goes before a name: a row of another folder is of no recording", () => {
    const { of, strangers } = named(["site-1/a.wav", "site-2/a.wav"], "/data/site-1/a.wav");
    expect({ of, strangers }).toEqual({ of: [["site-1/a.wav"]], strangers: ["site-2/a.wav"] });
    expect(named(["site-2/a.wav"], "/data/site-1/a.wav")).toMatchObject({ of: [[]], strangers: ["site-2/a.wav"] });
    expect(named(["night/a.wav", "a.wav"], "/data/a.wav")).toMatchObject({
      of: [["a.wav"]],
      strangers: ["night/a.wav"],
    });
  });

  test("a name alone names the only recording that is called so", () => {
    expect(named(["a.wav", "0002", "./b.wav"], "/x/a.wav", "/x/0002.flac", "/x/b.wav").of).toEqual([
      ["a.wav"],
      ["0002"],
      ["./b.wav"],
    ]);
    expect(named(["a.wav"], "/x/1/a.wav", "/x/2/a.wav").ambiguous).toEqual([
      { path: "a.wav", recordings: ["/x/1/a.wav", "/x/2/a.wav"] },
    ]);
  });

  test("a whole path of another machine names by the folders that it shares", () => {
    const rows = ["D:\\archive\\site-1\\a.wav", "D:\\archive\\site-2\\a.wav"];
    expect(named(rows, "/mnt/site-2/a.wav", "/mnt/site-1/a.wav").of).toEqual([[rows[1]], [rows[0]]]);
    // One of two sites is here: the other's rows do not land on it.
    expect(named(rows, "/mnt/site-2/a.wav")).toMatchObject({ of: [[rows[1]]], strangers: [rows[0]], moved: false });
  });

  test("where it shares none with any, by its name, if that is the only one on both sides", () => {
    expect(named(["/data/rec/a.wav", "/data/rec/b.wav"], "/here/a.wav", "/here/b.wav")).toMatchObject({
      of: [["/data/rec/a.wav"], ["/data/rec/b.wav"]],
      moved: true,
    });
    expect(named(["/data/1/a.wav", "/data/2/a.wav"], "/here/a.wav")).toMatchObject({
      of: [[]],
      strangers: ["/data/1/a.wav", "/data/2/a.wav"],
    });
  });

  test("letters with accents, taken apart as macOS does, are the same", () => {
    expect(named(["e\u0301te\u0301.wav"], "/x/\u00e9t\u00e9.wav").of).toEqual([["e\u0301te\u0301.wav"]]);
  });

  test("no path ever lands on a recording of another name, and none on two", () => {
    const name = fc.constantFrom("a.wav", "b.wav", "a.flac", "a");
    const folder = fc.constantFrom("1", "2", "x");
    const path = fc
      .tuple(fc.constantFrom("", "/", "C:\\"), fc.array(folder, { maxLength: 3 }), name)
      .map(([root, folders, last]) => root + [...folders, last].join(root.startsWith("C") ? "\\" : "/"));
    const whole = fc.tuple(fc.array(folder, { maxLength: 3 }), name).map((parts) => `/${parts.flat().join("/")}`);
    fc.assert(
      fc.property(
        fc.uniqueArray(path, { maxLength: 6 }),
        fc.uniqueArray(whole, { minLength: 1, maxLength: 6 }),
        (rows, files) => {
          const found = named(rows, ...files);
          const landed = found.of.flat();
          expect(new Set(landed).size).toBe(landed.length);
          expect([...landed, ...found.strangers, ...found.ambiguous.map((one) => one.path)].sort()).toEqual(
            [...rows].sort(),
          );
          const base = (text: string) => text.split(/[/\\]/).at(-1) ?? "";
          for (const [at, paths] of found.of.entries()) {
            for (const row of paths) {
              const file = base(files[at] ?? "");
              expect([file, file.replace(/\.[^.]*$/, "")]).toContain(base(row));
            }
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("tables that do not tell are refused", () => {
  test.each([
    [
      "a.wav,1,2,S01",
      ["/1/a.wav", "/2/a.wav"],
      "labels.csv has labels of a.wav, which is the name of /1/a.wav and of /2/a.wav.",
    ],
    ["c.wav,1,2,S01", ["/a.wav"], "No label is of any of the recordings: c.wav …"],
  ])("%s", async (row, paths, message) => {
    await expect(labels(`file,start,end,label\n${row}\n`, ...paths)).rejects.toMatchObject({
      code: "bad_option",
      message,
    });
  });

  test("a table without recordings, for two", async () => {
    await expect(labels("start,end,label\n1,2,S01\n", "/a.wav", "/b.wav")).rejects.toThrow(
      "The labels do not say which of 2 recordings they are of.",
    );
  });
});
