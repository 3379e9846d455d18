import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { readTable } from "../src/delimited.node.ts";
import { rowsOf, TABLE_ERRORS } from "./support/labels.ts";

const fields = async (text: string | Uint8Array) => (await rowsOf(text)).map((row) => row.fields);

describe("rows of a table", () => {
  test("a file that fails while it is read is named", async () => {
    await expect(readTable(tmpdir(), "labels.csv", TABLE_ERRORS)).rejects.toMatchObject({
      code: "unreadable",
      message: "labels.csv: It cannot be read: it is a folder.",
    });
  });

  test.each([1, 2, 3, 1000])(
    "quotes, CR LF, a byte order mark and blank lines, in pieces of %i bytes",
    async (size) => {
      const text = '\uFEFFfile,label\r\n"a, b.wav","he said ""orca"""\r\n\r\n"two\nlines",x\nlast,\n';
      expect(await rowsOf(text, size)).toEqual([
        { line: 1, fields: ["file", "label"] },
        { line: 2, fields: ["a, b.wav", 'he said "orca"'] },
        { line: 4, fields: ["two\nlines", "x"] },
        { line: 6, fields: ["last", ""] },
      ]);
    },
  );

  test("what parts fields: tabs, semicolons, commas, or what Excel says", async () => {
    expect(await fields("a,b\tc\n1,5\t2")).toEqual([
      ["a,b", "c"],
      ["1,5", "2"],
    ]);
    expect(await fields("a;b;c\n1,5;2;x, y")).toEqual([
      ["a", "b", "c"],
      ["1,5", "2", "x, y"],
    ]);
    expect(await fields('"a;b;c",d\n1,2')).toEqual([
      ["a;b;c", "d"],
      ["1", "2"],
    ]);
    expect(await rowsOf("sep=;\r\na,b;c\r\n1;2\r\n")).toEqual([
      { line: 2, fields: ["a,b", "c"] },
      { line: 3, fields: ["1", "2"] },
    ]);
    expect(await fields("")).toEqual([]);
    expect(await rowsOf("alone")).toEqual([{ line: 1, fields: ["alone"] }]);
    expect(await fields("a,b\r1,2\r")).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
  });

  test("tab-separated text has no quotes but around a whole field", async () => {
    expect(await fields('a\tb\n"S01" 12" off\t"a, b.wav"\n"open\t"x ""y"""')).toEqual([
      ["a", "b"],
      ['"S01" 12" off', "a, b.wav"],
      ['"open', 'x "y"'],
    ]);
  });

  test("white space around commas and quotes is none of the field's", async () => {
    expect(await fields('a , "b, c" ,d\n')).toEqual([["a", "b, c", "d"]]);
  });

  test.each([
    ["UTF-16, little first", "utf-16le", [0xff, 0xfe]],
    ["UTF-16, big first", "utf-16be", [0xfe, 0xff]],
    ["UTF-16 without a mark", "utf-16le", []],
  ])("%s", async (_, encoding, mark) => {
    const text = "file\tlabel\r\nété.wav\tS01\r\n";
    const units = [...text].flatMap((character) => {
      const code = character.charCodeAt(0);
      return encoding === "utf-16le" ? [code & 255, code >> 8] : [code >> 8, code & 255];
    });
    expect(await fields(Uint8Array.from([...mark, ...units]))).toEqual([
      ["file", "label"],
      ["été.wav", "S01"],
    ]);
  });
});

describe("tables that cannot be read say the line", () => {
  test.each([
    ['a,b\n1,2\n3,"open\n4,5\n', "table.csv, line 3: a quote opens a field here and is not closed."],
    ['a,b\n1,"x"y,2\n', "table.csv, line 2: a quoted field of this row ends before a comma."],
    ['a,b\n1,"open\n2,"x"\n', "table.csv, line 2: a quoted field of this row ends before a comma."],
    ['sep=,\na,b\n1,"open', "table.csv, line 3: a quote opens a field here and is not closed."],
  ])("%j", async (text, message) => {
    await expect(rowsOf(text)).rejects.toMatchObject({ code: "bad_option", field: "labels", message });
  });

  test("text in no encoding that is read", async () => {
    const latin = Uint8Array.from([...new TextEncoder().encode("a,b\n1,2\n"), 0xe9, 0x74, 0xe9, 0x0a]);
    await expect(rowsOf(latin)).rejects.toMatchObject({
      message: expect.stringMatching(/^table\.csv, line \d: the text is not UTF-8 here, or soon behind\.$/),
      hint: "Save the table as UTF-8.",
    });
  });

  test("a field of 60 MB is refused when a megabyte of it has come, and memory holds no more", async () => {
    let taken = 0;
    async function* endless() {
      yield new TextEncoder().encode('file,label\na.wav,call\nb.wav,"');
      for (; taken < 960; taken++) yield new Uint8Array(65_536).fill(0x78);
    }
    const before = process.memoryUsage().rss;
    const read = async () => {
      for await (const _ of (await readTable(endless(), "table.csv", TABLE_ERRORS)).rows);
    };
    await expect(read()).rejects.toMatchObject({
      message: "table.csv, line 3: the row that begins here has more than a megabyte.",
    });
    expect(taken).toBeLessThan(40);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
  });
});
