import { describe, expect, it } from "vitest";
import { LONG_BANDS, SHORT_BANDS, TNS_LONG, TNS_SHORT } from "../../../assembly/aac/bands.ts";
import { SCALE_FACTORS, SPECTRA } from "./support/codes.ts";

describe("Huffman codes", () => {
  for (const code of [SCALE_FACTORS, ...SPECTRA.values()]) {
    it(`${code.name} is complete: the codewords use up all sequences of bits`, () => {
      expect(code.counts.reduce((sum, count, i) => sum + count / 2 ** (i + 1), 0)).toBe(1);
    });
  }

  it("have as many symbols as their values make, each once", () => {
    expect([...SCALE_FACTORS.words.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 121 }, (_, i) => i));
    for (const { words, dimension, signed, largest } of SPECTRA.values()) {
      const symbols = (signed ? 2 * largest + 1 : largest + 1) ** dimension;
      expect([...words.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: symbols }, (_, i) => i));
    }
  });
});

describe("scale factor bands", () => {
  it("cover the spectrum in whole codewords at each of the 13 rates", () => {
    for (const [tables, lines] of [
      [LONG_BANDS, 1024],
      [SHORT_BANDS, 128],
    ] as const) {
      expect(tables.length).toBe(13);
      for (const offsets of tables) {
        expect([offsets[0], offsets.at(-1)]).toEqual([0, lines]);
        for (const [i, line] of offsets.slice(1).entries()) {
          expect(line).toBeGreaterThan(offsets[i] as number);
          expect(line % 4).toBe(0);
        }
      }
    }
  });

  it("are at least as many as TNS may filter", () => {
    for (let rate = 0; rate < 13; rate++) {
      expect(TNS_LONG[rate]).toBeLessThan((LONG_BANDS[rate] as number[]).length);
      expect(TNS_SHORT[rate]).toBeLessThan((SHORT_BANDS[rate] as number[]).length);
    }
  });
});
