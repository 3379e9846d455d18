import * as tables from "../../../../assembly/aac/huffman-tables.ts";

/** A Huffman code as the decoder's tables have it, and how to write it. */
export interface Code {
  readonly name: string;
  /** Codewords of each length from 1 on. */
  readonly counts: readonly number[];
  /** Codeword and length of each symbol. */
  readonly words: ReadonlyMap<number, { readonly word: number; readonly length: number }>;
}

type Name = "SCALE_FACTOR" | `BOOK_${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11}`;

function code(name: Name): Code {
  const { [`${name}_COUNTS` as const]: counts, [`${name}_SYMBOLS` as const]: symbols } = tables;
  const words = new Map<number, { word: number; length: number }>();
  let word = 0;
  let place = 0;
  for (const [i, count] of counts.entries()) {
    for (let n = 0; n < count; n++) words.set(symbols[place++] as number, { word: word++, length: i + 1 });
    word *= 2;
  }
  return { name, counts, words };
}

export const SCALE_FACTORS = code("SCALE_FACTOR");

/** How the values of a codebook make its symbols: ISO/IEC 14496-3:2009, table 4.151. */
export interface Spectrum extends Code {
  readonly dimension: 2 | 4;
  readonly signed: boolean;
  /** The largest absolute value (of codebook 11, without an escape). */
  readonly largest: number;
}

/** Codebooks 1 to 11, by number. */
export const SPECTRA = new Map<number, Spectrum>([
  [1, { ...code("BOOK_1"), dimension: 4, signed: true, largest: 1 }],
  [2, { ...code("BOOK_2"), dimension: 4, signed: true, largest: 1 }],
  [3, { ...code("BOOK_3"), dimension: 4, signed: false, largest: 2 }],
  [4, { ...code("BOOK_4"), dimension: 4, signed: false, largest: 2 }],
  [5, { ...code("BOOK_5"), dimension: 2, signed: true, largest: 4 }],
  [6, { ...code("BOOK_6"), dimension: 2, signed: true, largest: 4 }],
  [7, { ...code("BOOK_7"), dimension: 2, signed: false, largest: 7 }],
  [8, { ...code("BOOK_8"), dimension: 2, signed: false, largest: 7 }],
  [9, { ...code("BOOK_9"), dimension: 2, signed: false, largest: 12 }],
  [10, { ...code("BOOK_10"), dimension: 2, signed: false, largest: 12 }],
  [11, { ...code("BOOK_11"), dimension: 2, signed: false, largest: 16 }],
]);
