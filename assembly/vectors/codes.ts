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
  let a: i64 = 0, b: i64 = 0;
  for (const end = code + bytes; code < end; code += 64, query += 64) {
    a += popcnt<i64>(load<i64>(code) ^ load<i64>(query)) + popcnt<i64>(load<i64>(code, 8) ^ load<i64>(query, 8));
    b += popcnt<i64>(load<i64>(code, 16) ^ load<i64>(query, 16)) + popcnt<i64>(load<i64>(code, 24) ^ load<i64>(query, 24));
    a += popcnt<i64>(load<i64>(code, 32) ^ load<i64>(query, 32)) + popcnt<i64>(load<i64>(code, 40) ^ load<i64>(query, 40));
    b += popcnt<i64>(load<i64>(code, 48) ^ load<i64>(query, 48)) + popcnt<i64>(load<i64>(code, 56) ^ load<i64>(query, 56));
  }
  return u32(a + b);
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

// @ts-ignore: decorator
@inline
function scan<M>(
  selection: Selection, first: u32, codes: usize, facts: usize, count: u32, bytes: usize, query: usize, products: usize,
  withMean: f32, queryLength: f32,
): void {
  const capacity: u32 = selection.wanted << 2;
  let bound = selection.bound;
  for (let row: u32 = 0; row < count; row++, codes += bytes, facts += offsetof<Facts>()) {
    const product = load<f32>(products + 4 * differing(codes, query, bytes));
    const score = estimate<M>(product, changetype<Facts>(facts), withMean, queryLength);
    if (!(score > bound)) continue;
    const place = selection.list + selection.size * offsetof<Candidate>();
    store<f32>(place, score);
    store<u32>(place, first + row, 4);
    if (++selection.size < capacity) continue;
    selectBest(changetype<usize>(selection));
    bound = selection.bound;
  }
}

/**
 * Scans `count` codes, whose first is of row `first`.
 * @param measure  as in `scores`
 * @param facts  [count] of Facts
 * @param bytes  of a code: a multiple of 64
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
