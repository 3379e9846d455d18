import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable, printableLines } from "../../src/cli/print.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const RAW = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe("what is printed", () => {
  test.each([
    ["a\x1b[31m.wav", "a\\x1b[31m.wav"],
    ["two\nlines", "two\\x0alines"],
    ["\u009b2J\u007f", "\\x9b2J\\x7f"],
    ["\u202eevaw", "\\u202eevaw"],
    ["\ud800x", "\\ud800x"],
    ["wäl 🐋 шум", "wäl 🐋 шум"],
  ])("%j", (text, printed) => expect(printable(text)).toBe(printed));

  test("holds nothing that a terminal acts on, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(RAW);
        expect(printableLines(text).replaceAll("\n", "")).not.toMatch(RAW);
        expect(printable(text).isWellFormed()).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
