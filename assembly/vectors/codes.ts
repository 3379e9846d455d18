/**
 * Codes of signs: what a row's score would be, by the bits in which its code differs from the query's. A code is of the row
 * at length 1, less the mean of such rows. The share of bits that differ is the angle between the two, over pi, but for
 * chance (Charikar 2002); lengths and products with the mean are kept beside the code, so every measure can be told (as in
 * RaBitQ, Gao and Long 2024).
 */

import { alloc } from "./arena";
import { Cosine, Dot, Euclid } from "./scores";

/** What is kept of a row beside its code. */
@unmanaged
class Facts {
  /** At length 1, how far it is from the mean, and its product with it. */
  apart: f32;
  withMean: f32;
  /** Its own length. */
  length: f32;
}

@unmanaged
class Candidate {
  score: f32;
  row: u32;
}

/** The rows that a scan has found best so far. */
@unmanaged
class Selection {
  wanted: u32;
  size: u32;
  /** A row is taken where its score is larger. */
  bound: f32;
  /** [4 * wanted] of Candidate. */
  list: usize;
}

/** Room for the `wanted` best. */
export function select(wanted: u32): usize {
  const selection = changetype<Selection>(alloc(offsetof<Selection>()));
  selection.wanted = wanted;
  selection.list = alloc(4 * wanted * offsetof<Candidate>());
  return changetype<usize>(selection);
}

/** Begins anew. */
export function selectNone(at: usize): void {
  const selection = changetype<Selection>(at);
  selection.size = 0;
  selection.bound = -Infinity;
}

/** Where the candidates lie. */
export function selected(at: usize): usize {
  return changetype<Selection>(at).list;
}

/** Leaves the `wanted` best, in no order, and returns how many there are. */
export function selectBest(at: usize): u32 {
  const selection = changetype<Selection>(at);
  const wanted = selection.wanted;
  if (selection.size <= wanted) return selection.size;
  const list = selection.list;
  let low: i32 = 0;
  let high: i32 = selection.size - 1;
  const target: i32 = wanted - 1;
  // Hoare's quickselect, the larger first.
  while (low < high) {
    const pivot = load<f32>(list + ((low + high) >>> 1) * offsetof<Candidate>());
    let i = low;
    let j = high;
    while (i <= j) {
      while (load<f32>(list + i * offsetof<Candidate>()) > pivot) i++;
      while (load<f32>(list + j * offsetof<Candidate>()) < pivot) j--;
      if (i > j) break;
      const left = load<u64>(list + i * offsetof<Candidate>());
      store<u64>(list + i * offsetof<Candidate>(), load<u64>(list + j * offsetof<Candidate>()));
      store<u64>(list + j * offsetof<Candidate>(), left);
      i++;
      j--;
    }
    if (target <= j) high = j;
    else if (target >= i) low = i;
    else break;
  }
  let bound: f32 = Infinity;
  for (let one: u32 = 0; one < wanted; one++) bound = min<f32>(bound, load<f32>(list + one * offsetof<Candidate>()));
  selection.bound = bound;
  selection.size = wanted;
  return wanted;
}

// @ts-ignore: decorator
@inline
function differing(code: usize, query: usize, bytes: usize): u32 {
  let bits: i64 = 0;
  for (const end = code + bytes; code < end; code += 8, query += 8) bits += popcnt<i64>(load<i64>(code) ^ load<i64>(query));
  return u32(bits);
}

// @ts-ignore: decorator
@inline
function estimate<M>(product: f32, facts: Facts, withMean: f32, queryLength: f32): f32 {
  const cosine = product * facts.apart + facts.withMean + withMean;
  if (sizeof<M>() == sizeof<Cosine>()) return cosine;
  if (sizeof<M>() == sizeof<Dot>()) return cosine * facts.length;
  // Minus half of the square of the distance, less what is the same for every row.
  return facts.length * (queryLength * cosine - facts.length * 0.5);
}

/** Bytes of a first part whose query stays in registers: a quarter of 1024 bits. */
const IN_REGISTERS: usize = 32;

// @ts-ignore: decorator
@inline
function consider<M>(
  selection: Selection, row: u32, differing: u32, facts: usize, products: usize, withMean: f32, queryLength: f32,
): void {
  const product = load<f32>(products + 4 * differing);
  const score = estimate<M>(product, changetype<Facts>(facts), withMean, queryLength);
  if (score > selection.bound) take(selection, score, row);
}

// @ts-ignore: decorator
@inline
function scan<M>(
  selection: Selection, row: u32, codes: usize, facts: usize, count: u32, bytes: usize, query: usize, products: usize,
  withMean: f32, queryLength: f32,
): void {
  const end = codes + count * bytes;
  if (bytes == IN_REGISTERS) {
    const a = load<i64>(query), b = load<i64>(query, 8), c = load<i64>(query, 16), d = load<i64>(query, 24);
    for (; codes < end; codes += IN_REGISTERS, facts += offsetof<Facts>(), row++) {
      const differing =
        popcnt<i64>(a ^ load<i64>(codes)) + popcnt<i64>(b ^ load<i64>(codes, 8)) +
        popcnt<i64>(c ^ load<i64>(codes, 16)) + popcnt<i64>(d ^ load<i64>(codes, 24));
      consider<M>(selection, row, u32(differing), facts, products, withMean, queryLength);
    }
    return;
  }
  for (; codes < end; codes += bytes, facts += offsetof<Facts>(), row++)
    consider<M>(selection, row, differing(codes, query, bytes), facts, products, withMean, queryLength);
}

function take(selection: Selection, score: f32, row: u32): void {
  const place = selection.list + selection.size * offsetof<Candidate>();
  store<f32>(place, score);
  store<u32>(place, row, 4);
  const capacity: u32 = selection.wanted << 2;
  if (++selection.size == capacity) selectBest(changetype<usize>(selection));
}

/**
 * Scans `count` first parts of codes, whose first is of row `first`.
 * @param measure  as in `scores`
 * @param facts  [count] of Facts
 * @param bytes  of a first part: a multiple of 8
 * @param products  [bits + 1] float32: for each number of bits that differ, the product of the query at length 1, less the
 *   mean, with a row of length 1
 * @param withMean  the product of the query at length 1 with the mean, less the mean's with itself
 */
export function scanCodes(
  measure: i32, selection: usize, first: u32, codes: usize, facts: usize, count: u32, bytes: usize, query: usize,
  products: usize, withMean: f32, queryLength: f32,
): void {
  const into = changetype<Selection>(selection);
  if (measure == 0) scan<Dot>(into, first, codes, facts, count, bytes, query, products, withMean, queryLength);
  else if (measure == 1) scan<Cosine>(into, first, codes, facts, count, bytes, query, products, withMean, queryLength);
  else scan<Euclid>(into, first, codes, facts, count, bytes, query, products, withMean, queryLength);
}

/** Where a piece of the codes lies. */
@unmanaged
class Piece {
  /** [rows] of first parts of codes, of what is left of them, and of Facts. */
  first: usize;
  rest: usize;
  facts: usize;
}

// @ts-ignore: decorator
@inline
function refine<M>(
  selection: Selection, list: usize, count: u32, pieces: usize, rowsLog2: u32, first: usize, rest: usize, query: usize,
  products: usize, withMean: f32, queryLength: f32,
): void {
  const mask: u32 = (1 << rowsLog2) - 1;
  for (const end = list + count * offsetof<Candidate>(); list < end; list += offsetof<Candidate>()) {
    const row = load<u32>(list, 4);
    const piece = changetype<Piece>(pieces + (row >>> rowsLog2) * offsetof<Piece>());
    const at = row & mask;
    const bits = differing(piece.first + at * first, query, first) + differing(piece.rest + at * rest, query + first, rest);
    consider<M>(selection, row, bits, piece.facts + at * offsetof<Facts>(), products, withMean, queryLength);
  }
}

/**
 * Scores rows that a scan of first parts left, by their whole codes.
 * @param list  [count] of Candidate
 * @param pieces  of Piece, of 2^rowsLog2 rows each
 * @param first  bytes of a first part; @param rest  of what is left of a code
 * @param query  its whole code
 * @param products  as in `scanCodes`, of whole codes
 */
export function refineCodes(
  measure: i32, selection: usize, list: usize, count: u32, pieces: usize, rowsLog2: u32, first: usize, rest: usize,
  query: usize, products: usize, withMean: f32, queryLength: f32,
): void {
  const into = changetype<Selection>(selection);
  if (measure == 0) refine<Dot>(into, list, count, pieces, rowsLog2, first, rest, query, products, withMean, queryLength);
  else if (measure == 1)
    refine<Cosine>(into, list, count, pieces, rowsLog2, first, rest, query, products, withMean, queryLength);
  else refine<Euclid>(into, list, count, pieces, rowsLog2, first, rest, query, products, withMean, queryLength);
}

/** Codes, one behind the other, into their first parts and what is left. @param first, rest  bytes of these */
export function splitCodes(codes: usize, count: u32, first: usize, rest: usize, firsts: usize, rests: usize): void {
  for (; count > 0; count--, codes += first + rest, firsts += first, rests += rest) {
    memory.copy(firsts, codes, first);
    memory.copy(rests, codes + first, rest);
  }
}
