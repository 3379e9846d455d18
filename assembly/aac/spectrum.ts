/**
 * The spectrum: Huffman-coded quantised values, then x = sign(q) |q|^(4/3) 2^((factor - 100) / 4).
 * ISO/IEC 14496-3:2009, 4.6.1 (quantisation), 4.6.2 (scale factors), 4.6.3 (codes, escapes, pulses).
 */

import { alloc } from "../memory";
import { overrun, peek, read, skip } from "../bits";
import { bookOf, Channel, factorOf, groupLength, isShort, NOISE_BOOK, ZERO_BOOK } from "./channel";
import { Book, spectrumBook, symbol } from "./huffman";
import { bandOffsets } from "./rate";
import { BAD_ESCAPE, ENDED, OK } from "./status";

/** Quantised values whose powers are kept; larger ones, up to 8191 and a few pulses, are rare. */
const KEPT: i32 = 1024;
const ESCAPE_BOOK: i32 = 11;
const ESCAPE: i32 = 16;

/** float64: q^(4/3) of each q below KEPT, and 2^((factor - 100) / 4) of each factor from 0 to 255. */
const powers = powerTable();
const gains = gainTable();

function powerTable(): usize {
  const table = alloc(KEPT * 8);
  for (let q = 0; q < KEPT; q++) store<f64>(table + q * 8, <f64>q * NativeMath.cbrt(<f64>q));
  return table;
}

// @ts-ignore: decorator
@inline
function power(q: i32): f64 {
  return q < KEPT ? load<f64>(powers + q * 8) : <f64>q * NativeMath.cbrt(<f64>q);
}

function gainTable(): usize {
  const table = alloc(256 * 8);
  for (let factor = 0; factor < 256; factor++) store<f64>(table + factor * 8, NativeMath.pow(2, 0.25 * <f64>(factor - 100)));
  return table;
}

/** Reads the quantised values of all bands, adds the pulses, and leaves the spectral lines in `channel.spectrum`. */
export function readSpectrum(channel: Channel): i32 {
  memory.fill(channel.quantised, 0, 1024 * 4);
  const offsets = bandOffsets(isShort(channel));
  for (let group = 0, window = 0; group < channel.groups; group++) {
    const windows = groupLength(channel, group);
    for (let band = 0; band < channel.maxBand; band++) {
      const number = bookOf(channel, group, band);
      if (number == ZERO_BOOK || number >= NOISE_BOOK) continue;
      const book = spectrumBook(number);
      const start = load<i32>(offsets + band * 4);
      const lines = load<i32>(offsets + band * 4, 4) - start;
      for (let i = 0; i < windows; i++) {
        const at = channel.quantised + ((window + i) * 128 + start) * 4;
        if (book.dimension == 4) readFours(book, at, at + lines * 4);
        else if (!readTwos(book, at, at + lines * 4, number == ESCAPE_BOOK)) return BAD_ESCAPE;
      }
    }
    window += windows;
    if (overrun()) return ENDED;
  }
  addPulses(channel, offsets);
  scale(channel, offsets);
  return OK;
}

function readFours(book: Book, at: usize, end: usize): void {
  for (; at < end; at += 16) {
    const four = v128.load32_zero(book.values + <usize>symbol(book) * 4);
    v128.store(at, i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(four)));
    if (book.signed) continue;
    // A sign bit follows for each value that is not 0, in order.
    const bits = peek();
    let taken = 0;
    for (let line = at; line < at + 16; line += 4) taken += applySign(line, bits << taken);
    skip(taken);
  }
}

/** @returns false where an escape is longer than any value */
function readTwos(book: Book, at: usize, end: usize, escapes: bool): bool {
  for (; at < end; at += 8) {
    const values = book.values + <usize>symbol(book) * 4;
    store<i32>(at, load<i8>(values));
    store<i32>(at, load<i8>(values, 1), 4);
    if (book.signed) continue;
    const bits = peek();
    const taken = applySign(at, bits);
    skip(taken + applySign(at + 4, bits << taken));
    if (escapes && !(readEscape(at) && readEscape(at + 4))) return false;
  }
  return true;
}

/** Negates the value at `at` where the first of `bits` says so. @returns how many bits were used */
// @ts-ignore: decorator
@inline
function applySign(at: usize, bits: u32): i32 {
  const value = load<i32>(at);
  if (value == 0) return 0;
  if (<i32>bits < 0) store<i32>(at, -value);
  return 1;
}

/** A value of 16 stands for more: n ones, a zero, then n + 4 bits below a one. */
// @ts-ignore: decorator
@inline
function readEscape(at: usize): bool {
  const value = load<i32>(at);
  if (abs(value) != ESCAPE) return true;
  const ones = clz(~peek());
  if (ones > 8) return false;
  skip(ones + 1);
  const size = (1 << (ones + 4)) + read(ones + 4);
  store<i32>(at, value < 0 ? -size : size);
  return true;
}

/** Pulses make values larger, away from 0; a 0 becomes negative. Only bands with a codebook have values. */
function addPulses(channel: Channel, offsets: usize): void {
  let band = channel.pulseBand;
  for (let i = 0; i < channel.pulses; i++) {
    const line = load<i32>(channel.pulseData + i * 8);
    const amplitude = load<i32>(channel.pulseData + i * 8, 4);
    while (load<i32>(offsets + band * 4, 4) <= line) band++;
    if (band >= channel.maxBand) return;
    const book = bookOf(channel, 0, band);
    if (book == ZERO_BOOK || book >= NOISE_BOOK) continue;
    const at = channel.quantised + line * 4;
    const value = load<i32>(at);
    store<i32>(at, value > 0 ? value + amplitude : value - amplitude);
  }
}

function scale(channel: Channel, offsets: usize): void {
  memory.fill(channel.spectrum, 0, 1024 * 8);
  for (let group = 0, window = 0; group < channel.groups; group++) {
    const windows = groupLength(channel, group);
    for (let band = 0; band < channel.maxBand; band++) {
      const book = bookOf(channel, group, band);
      if (book == ZERO_BOOK || book >= NOISE_BOOK) continue;
      const gain = load<f64>(gains + factorOf(channel, group, band) * 8);
      const start = load<i32>(offsets + band * 4);
      const end = load<i32>(offsets + band * 4, 4);
      for (let i = 0; i < windows; i++) {
        const first = (window + i) * 128;
        for (let line = first + start; line < first + end; line++) {
          const q = load<i32>(channel.quantised + line * 4);
          const size = power(abs(q)) * gain;
          store<f64>(channel.spectrum + line * 8, q < 0 ? -size : size);
        }
      }
    }
    window += windows;
  }
}
