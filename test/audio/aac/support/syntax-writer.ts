import type { BitWriter } from "./bit-writer.ts";
import { type Code, SCALE_FACTORS, SPECTRA } from "./codes.ts";

/** Parts of a raw data block as bits: ISO/IEC 14496-3:2009, 4.4.2.7. */

/** Is told of every codeword written: `BOOK_1 40`. */
export type Seen = Set<string> | undefined;

export type Random = (below: number) => number;

/** section_data of the codebooks of each group's bands. */
export function sections(writer: BitWriter, bookOf: number[][], bits: number): void {
  const more = 2 ** bits - 1;
  for (const group of bookOf) {
    for (let band = 0; band < group.length; ) {
      let length = 1;
      while (group[band + length] === group[band] && band + length < group.length) length++;
      writer.put(group[band] as number, 4);
      band += length;
      for (; length >= more; length -= more) writer.put(more, bits);
      writer.put(length, bits);
    }
  }
}

/** scale_factor_data of levels that need not be in reach of one another: steps are at most 60. */
export function scaleFactors(
  writer: BitWriter,
  bookOf: number[][],
  levels: number[][],
  gain: number,
  seen: Seen,
): void {
  // Running values of factors, intensity positions and noise levels.
  let [factor, position, noise, firstNoise] = [gain, 0, gain - 90 - 256, true];
  const step = (from: number, to: number): number => {
    const difference = Math.max(-60, Math.min(60, to - from));
    put(writer, SCALE_FACTORS, difference + 60, seen);
    return from + difference;
  };
  for (const [g, group] of bookOf.entries()) {
    for (const [band, book] of group.entries()) {
      const level = levels[g]?.[band] as number;
      if (book >= 14) position = step(position, level);
      else if (book === 13 && firstNoise) {
        const value = Math.max(0, Math.min(511, level - noise));
        writer.put(value, 9);
        noise += value;
        firstNoise = false;
      } else if (book === 13) noise = step(noise, level);
      else if (book > 0) factor = step(factor, level);
    }
  }
}

/** A band's values, window after window. */
export function spectrum(writer: BitWriter, book: number, values: readonly number[], seen: Seen): void {
  const code = SPECTRA.get(book);
  if (code === undefined) return;
  const base = code.signed ? 2 * code.largest + 1 : code.largest + 1;
  for (let at = 0; at < values.length; at += code.dimension) {
    const group = values.slice(at, at + code.dimension);
    const digits = group.map((value) => (code.signed ? value + code.largest : Math.min(Math.abs(value), code.largest)));
    put(
      writer,
      code,
      digits.reduce((symbol, digit) => symbol * base + digit, 0),
      seen,
    );
    if (code.signed) continue;
    for (const value of group) if (value !== 0) writer.put(value < 0 ? 1 : 0, 1);
    for (const value of book === 11 ? group : []) if (Math.abs(value) >= 16) putEscape(writer, Math.abs(value));
  }
}

function putEscape(writer: BitWriter, size: number): void {
  const bits = Math.floor(Math.log2(size));
  writer.put(2 ** (bits - 4) - 1, bits - 4);
  writer.put(0, 1);
  writer.put(size - 2 ** bits, bits);
}

function put(writer: BitWriter, code: Code, symbol: number, seen: Seen): void {
  const entry = code.words.get(symbol);
  if (entry === undefined) throw new Error(`${code.name} has no symbol ${symbol}`);
  writer.put(entry.word, entry.length);
  seen?.add(`${code.name} ${symbol}`);
}

/** data_stream_element, aligned or not. */
export function dataElement(writer: BitWriter, random: Random): void {
  const [aligned, count] = [random(2), random(20)];
  writer.put(4, 3);
  writer.put(random(16), 4);
  writer.put(aligned, 1);
  writer.put(count, 8);
  if (aligned === 1) writer.align();
  for (let i = 0; i < count; i++) writer.put(random(256), 8);
}

/** fill_element of plain filling. */
export function fillElement(writer: BitWriter, random: Random): void {
  const count = random(30);
  writer.put(6, 3);
  writer.put(Math.min(count, 15), 4);
  if (count >= 15) writer.put(count - 15 + 1, 8);
  for (let i = 0; i < count; i++) writer.put(0, 8);
}
