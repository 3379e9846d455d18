/**
 * Rows against one query, in float32: one pass over the rows, eight side by side, or four where a row's own length is summed
 * too, so that each load of the query serves all of them. Rows lie one behind the other; their length is a multiple of 4
 * numbers, which zeros may fill.
 */

/** Inner product; the larger the more alike. */
export type Dot = i8;
/** Inner product over the row's length: cosine, but for the query's own length; 0 for a row of zeros. */
export type Cosine = i16;
/** Minus the distance. */
export type Euclid = i32;

// @ts-ignore: decorator
@inline
export function sum(v: v128): f32 {
  const pairs = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

// @ts-ignore: decorator
@inline
function step<M>(row: v128, query: v128, acc: v128): v128 {
  if (sizeof<M>() == sizeof<Euclid>()) {
    const apart = f32x4.sub(row, query);
    return f32x4.relaxed_madd(apart, apart, acc);
  }
  return f32x4.relaxed_madd(row, query, acc);
}

// @ts-ignore: decorator
@inline
function finish<M>(acc: v128, squares: v128): f32 {
  const total = sum(acc);
  if (sizeof<M>() == sizeof<Euclid>()) return -sqrt<f32>(total);
  if (sizeof<M>() == sizeof<Cosine>()) {
    const length = sqrt<f32>(sum(squares));
    return length > 0 ? total / length : 0;
  }
  return total;
}

// @ts-ignore: decorator
@inline
function four<M>(query: usize, row: usize, bytes: usize, out: usize): void {
  let a = row, b = a + bytes, c = b + bytes, d = c + bytes;
  let a0 = f32x4.splat(0), b0 = a0, c0 = a0, d0 = a0;
  let a2 = a0, b2 = a0, c2 = a0, d2 = a0;
  for (const end = query + bytes; query < end; query += 16, a += 16, b += 16, c += 16, d += 16) {
    const q = v128.load(query);
    const ra = v128.load(a), rb = v128.load(b), rc = v128.load(c), rd = v128.load(d);
    a0 = step<M>(ra, q, a0);
    b0 = step<M>(rb, q, b0);
    c0 = step<M>(rc, q, c0);
    d0 = step<M>(rd, q, d0);
    if (sizeof<M>() == sizeof<Cosine>()) {
      a2 = f32x4.relaxed_madd(ra, ra, a2);
      b2 = f32x4.relaxed_madd(rb, rb, b2);
      c2 = f32x4.relaxed_madd(rc, rc, c2);
      d2 = f32x4.relaxed_madd(rd, rd, d2);
    }
  }
  store<f32>(out, finish<M>(a0, a2));
  store<f32>(out, finish<M>(b0, b2), 4);
  store<f32>(out, finish<M>(c0, c2), 8);
  store<f32>(out, finish<M>(d0, d2), 12);
}

/** Eight rows side by side: memory gives more where more of its pages are read at once. */
// @ts-ignore: decorator
@inline
function eight<M>(query: usize, row: usize, bytes: usize, out: usize): void {
  let a = row, b = a + bytes, c = b + bytes, d = c + bytes, e = d + bytes, f = e + bytes, g = f + bytes, h = g + bytes;
  let a0 = f32x4.splat(0), b0 = a0, c0 = a0, d0 = a0, e0 = a0, f0 = a0, g0 = a0, h0 = a0;
  for (const end = query + bytes; query < end; query += 16) {
    const q = v128.load(query);
    a0 = step<M>(v128.load(a), q, a0);
    b0 = step<M>(v128.load(b), q, b0);
    c0 = step<M>(v128.load(c), q, c0);
    d0 = step<M>(v128.load(d), q, d0);
    e0 = step<M>(v128.load(e), q, e0);
    f0 = step<M>(v128.load(f), q, f0);
    g0 = step<M>(v128.load(g), q, g0);
    h0 = step<M>(v128.load(h), q, h0);
    a += 16; b += 16; c += 16; d += 16; e += 16; f += 16; g += 16; h += 16;
  }
  store<f32>(out, finish<M>(a0, a0));
  store<f32>(out, finish<M>(b0, b0), 4);
  store<f32>(out, finish<M>(c0, c0), 8);
  store<f32>(out, finish<M>(d0, d0), 12);
  store<f32>(out, finish<M>(e0, e0), 16);
  store<f32>(out, finish<M>(f0, f0), 20);
  store<f32>(out, finish<M>(g0, g0), 24);
  store<f32>(out, finish<M>(h0, h0), 28);
}

// @ts-ignore: decorator
@inline
function one<M>(query: usize, row: usize, bytes: usize, out: usize): void {
  let acc = f32x4.splat(0), squares = acc;
  for (const end = query + bytes; query < end; query += 16, row += 16) {
    const r = v128.load(row);
    acc = step<M>(r, v128.load(query), acc);
    if (sizeof<M>() == sizeof<Cosine>()) squares = f32x4.relaxed_madd(r, r, squares);
  }
  store<f32>(out, finish<M>(acc, squares));
}

// @ts-ignore: decorator
@inline
function all<M>(query: usize, rows: usize, count: usize, bytes: usize, out: usize): void {
  if (sizeof<M>() != sizeof<Cosine>())
    for (const end = rows + (count & ~7) * bytes; rows < end; rows += 8 * bytes, out += 32) eight<M>(query, rows, bytes, out);
  const left = sizeof<M>() == sizeof<Cosine>() ? count : count & 7;
  for (const end = rows + (left & ~3) * bytes; rows < end; rows += 4 * bytes, out += 16) four<M>(query, rows, bytes, out);
  for (let few = left & 3; few > 0; few--, rows += bytes, out += 4) one<M>(query, rows, bytes, out);
}

/** One over each row's length, 0 for a row of zeros. @param out  [count] float32 */
export function inverseLengths(rows: usize, count: usize, bytes: usize, out: usize): void {
  for (let left = count; left > 0; left--, out += 4) {
    let squares = f32x4.splat(0);
    for (const end = rows + bytes; rows < end; rows += 16) {
      const r = v128.load(rows);
      squares = f32x4.relaxed_madd(r, r, squares);
    }
    const length = sqrt<f32>(sum(squares));
    store<f32>(out, length > 0 ? 1 / length : 0);
  }
}

/** Multiplies `count` scores by their rows' factors: inner products become cosines. */
export function scale(scores: usize, factors: usize, count: usize): void {
  for (const end = scores + 4 * count; scores < end; scores += 4, factors += 4)
    store<f32>(scores, load<f32>(scores) * load<f32>(factors));
}

/**
 * Scores of `count` rows.
 * @param measure  0 inner product, 1 cosine (the query has the length 1), 2 minus the Euclidean distance
 * @param bytes  of a row and of the query: a multiple of 16
 * @param out  [count] float32
 */
export function scores(measure: i32, query: usize, rows: usize, count: usize, bytes: usize, out: usize): void {
  if (measure == 0) all<Dot>(query, rows, count, bytes, out);
  else if (measure == 1) all<Cosine>(query, rows, count, bytes, out);
  else all<Euclid>(query, rows, count, bytes, out);
}
