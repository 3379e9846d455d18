/**
 * Decoding of the Huffman codes: one look into a table for codewords of up to FAST bits, a search by length for the few
 * longer ones. The codes are complete, so every sequence of bits is a codeword.
 */

import { alloc } from "../memory";
import { peek, skip } from "../bits";
import {
  BOOK_1_COUNTS, BOOK_1_SYMBOLS, BOOK_2_COUNTS, BOOK_2_SYMBOLS, BOOK_3_COUNTS, BOOK_3_SYMBOLS, BOOK_4_COUNTS,
  BOOK_4_SYMBOLS, BOOK_5_COUNTS, BOOK_5_SYMBOLS, BOOK_6_COUNTS, BOOK_6_SYMBOLS, BOOK_7_COUNTS, BOOK_7_SYMBOLS,
  BOOK_8_COUNTS, BOOK_8_SYMBOLS, BOOK_9_COUNTS, BOOK_9_SYMBOLS, BOOK_10_COUNTS, BOOK_10_SYMBOLS, BOOK_11_COUNTS,
  BOOK_11_SYMBOLS, SCALE_FACTOR_COUNTS, SCALE_FACTOR_SYMBOLS,
} from "./huffman-tables";

const FAST: i32 = 10;

@unmanaged
export class Book {
  /** Quantised values a codeword stands for: 4 or 2 (1 in the scale factor book). */
  dimension: i32;
  /** Whether the values carry their signs; otherwise a sign bit follows for each that is not 0. */
  signed: bool;
  /** u16 for each beginning of FAST bits: symbol << 5 | length, or 0 where the codeword is longer. */
  fast: usize;
  /** u16 symbols in the order of their codewords. */
  symbols: usize;
  /** Of each length from 0 on, i32 each: the first codeword, how many there are, and the place of its symbol. */
  lengths: usize;
  /** Four int8 for each symbol: its values. */
  values: usize;
}

/** Where in `Book.lengths` the line of one length begins. */
// @ts-ignore: decorator
@inline
function lengthLine(book: Book, length: i32): usize {
  return book.lengths + <usize>length * 12;
}

function makeBook(counts: i32[], order: i32[], dimension: i32, signed: bool, base: i32): Book {
  const book = changetype<Book>(alloc(offsetof<Book>()));
  book.dimension = dimension;
  book.signed = signed;
  book.fast = alloc(2 << FAST);
  book.symbols = alloc(order.length * 2);
  book.lengths = alloc((counts.length + 1) * 12);
  book.values = alloc(order.length * 4);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= counts.length; length++) {
    const count = unchecked(counts[length - 1]);
    const line = lengthLine(book, length);
    store<i32>(line, code);
    store<i32>(line, count, 4);
    store<i32>(line, place, 8);
    for (let i = 0; i < count; i++, code++, place++) {
      const symbol = unchecked(order[place]);
      store<u16>(book.symbols + place * 2, <u16>symbol);
      storeValues(book, symbol, base);
      if (length > FAST) continue;
      const first = code << (FAST - length);
      const last = (code + 1) << (FAST - length);
      for (let at = first; at < last; at++) store<u16>(book.fast + at * 2, <u16>((symbol << 5) | length));
    }
    code <<= 1;
  }
  return book;
}

/** A symbol's values are its digits to `base`, the highest first, counted from the middle in a signed book. */
function storeValues(book: Book, symbol: i32, base: i32): void {
  if (base == 0) return;
  const middle = book.signed ? base / 2 : 0;
  let digits = symbol;
  for (let i = book.dimension - 1; i >= 0; i--) {
    store<i8>(book.values + symbol * 4 + i, <i8>(digits % base - middle));
    digits /= base;
  }
}

/** The book of the scale factor differences: its symbols are the difference + 60. */
export const scaleFactorBook = makeBook(SCALE_FACTOR_COUNTS, SCALE_FACTOR_SYMBOLS, 1, false, 0);

const books = alloc(12 * sizeof<usize>());
keep(1, makeBook(BOOK_1_COUNTS, BOOK_1_SYMBOLS, 4, true, 3));
keep(2, makeBook(BOOK_2_COUNTS, BOOK_2_SYMBOLS, 4, true, 3));
keep(3, makeBook(BOOK_3_COUNTS, BOOK_3_SYMBOLS, 4, false, 3));
keep(4, makeBook(BOOK_4_COUNTS, BOOK_4_SYMBOLS, 4, false, 3));
keep(5, makeBook(BOOK_5_COUNTS, BOOK_5_SYMBOLS, 2, true, 9));
keep(6, makeBook(BOOK_6_COUNTS, BOOK_6_SYMBOLS, 2, true, 9));
keep(7, makeBook(BOOK_7_COUNTS, BOOK_7_SYMBOLS, 2, false, 8));
keep(8, makeBook(BOOK_8_COUNTS, BOOK_8_SYMBOLS, 2, false, 8));
keep(9, makeBook(BOOK_9_COUNTS, BOOK_9_SYMBOLS, 2, false, 13));
keep(10, makeBook(BOOK_10_COUNTS, BOOK_10_SYMBOLS, 2, false, 13));
keep(11, makeBook(BOOK_11_COUNTS, BOOK_11_SYMBOLS, 2, false, 17));

function keep(number: usize, book: Book): void {
  store<usize>(books + number * sizeof<usize>(), changetype<usize>(book));
}

/** Spectrum codebook 1 to 11. */
export function spectrumBook(number: i32): Book {
  return changetype<Book>(load<usize>(books + <usize>number * sizeof<usize>()));
}

/** Takes one codeword and gives its symbol. */
// @ts-ignore: decorator
@inline
export function symbol(book: Book): i32 {
  const bits = peek();
  const entry = <i32>load<u16>(book.fast + <usize>(bits >>> (32 - FAST)) * 2);
  if (entry == 0) return longSymbol(book, bits);
  skip(entry & 31);
  return entry >> 5;
}

function longSymbol(book: Book, bits: u32): i32 {
  let length = FAST + 1;
  let line = lengthLine(book, length);
  let past = <i32>(bits >>> (32 - length)) - load<i32>(line);
  while (past >= load<i32>(line, 4)) {
    length++;
    line += 12;
    past = <i32>(bits >>> (32 - length)) - load<i32>(line);
  }
  skip(length);
  return <i32>load<u16>(book.symbols + <usize>(load<i32>(line, 8) + past) * 2);
}
