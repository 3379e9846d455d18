/**
 * Products of embeddings with many sets of weights at once: what heads are trained and run with.
 *
 * Embeddings x are float32 [rows][dims]; weights and gradients are float64 [dims][columns], columns in pairs, so that one
 * number of an embedding meets a vector of columns. Sums are float64 and always in the order of the dimensions (or of the
 * rows): a row's numbers do not depend on its company, nor on the machine.
 *
 * A loop whose counter begins with a dollar is written out by the build (scripts/support/unroll.ts).
 */

/** Rows that are worked on together. */
const ROWS = 4;

// @ts-ignore: decorator
@inline
function wide(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load32_splat(at));
}

/**
 * out [rows][columns] = x w.
 * @param rows  any number; the last row stands in for those that are missing of four
 * @param columns  an even number
 */
export function columnProducts(x: usize, rows: i32, dims: i32, w: usize, columns: i32, out: usize): void {
  const row = <usize>dims * 4, stride = <usize>columns * 8, last = rows - 1;
  for (let r = 0; r < rows; r += ROWS) {
    for (let $r = 0; $r < 4; $r++) {
      const x$r = x + <usize>min(r + $r, last) * row, o$r = out + <usize>min(r + $r, last) * stride;
    }
    let c: usize = 0;
    for (; c + 32 <= stride; c += 32) {
      for (let $r = 0; $r < 4; $r++) {
        let a$r = f64x2.splat(0), b$r = f64x2.splat(0);
      }
      let at = w + c;
      for (let d: usize = 0; d < row; d += 4, at += stride) {
        const u = v128.load(at), v = v128.load(at, 16);
        let s: v128;
        for (let $r = 0; $r < 4; $r++) {
          s = wide(x$r + d);
          a$r = f64x2.add(a$r, f64x2.mul(s, u));
          b$r = f64x2.add(b$r, f64x2.mul(s, v));
        }
      }
      for (let $r = 0; $r < 4; $r++) {
        v128.store(o$r + c, a$r);
        v128.store(o$r + c, b$r, 16);
      }
    }
    if (c < stride) {
      for (let $r = 0; $r < 4; $r++) {
        let a$r = f64x2.splat(0);
      }
      let at = w + c;
      for (let d: usize = 0; d < row; d += 4, at += stride) {
        const u = v128.load(at);
        for (let $r = 0; $r < 4; $r++) a$r = f64x2.add(a$r, f64x2.mul(wide(x$r + d), u));
      }
      for (let $r = 0; $r < 4; $r++) v128.store(o$r + c, a$r);
    }
  }
}

/**
 * g [dims][columns] += x' r, for r [rows][columns]: the sum over rows of each row's embedding times its columns' numbers.
 * @param rows  a multiple of four; rows of zeros add nothing
 */
export function rowProducts(x: usize, rows: i32, dims: i32, r: usize, columns: i32, g: usize): void {
  const row = <usize>dims * 4, stride = <usize>columns * 8;
  for (let i = 0; i < rows; i += ROWS) {
    for (let $r = 0; $r < 4; $r++) {
      const x$r = x + <usize>(i + $r) * row, p$r = r + <usize>(i + $r) * stride;
    }
    let c: usize = 0;
    for (; c + 32 <= stride; c += 32) {
      for (let $r = 0; $r < 4; $r++) {
        const a$r = v128.load(p$r + c), b$r = v128.load(p$r + c, 16);
      }
      let at = g + c;
      for (let d: usize = 0; d < row; d += 4, at += stride) {
        let u = v128.load(at), v = v128.load(at, 16), s: v128;
        for (let $r = 0; $r < 4; $r++) {
          s = wide(x$r + d);
          u = f64x2.add(u, f64x2.mul(s, a$r));
          v = f64x2.add(v, f64x2.mul(s, b$r));
        }
        v128.store(at, u);
        v128.store(at, v, 16);
      }
    }
    if (c < stride) {
      for (let $r = 0; $r < 4; $r++) {
        const a$r = v128.load(p$r + c);
      }
      let at = g + c;
      for (let d: usize = 0; d < row; d += 4, at += stride) {
        let u = v128.load(at);
        for (let $r = 0; $r < 4; $r++) u = f64x2.add(u, f64x2.mul(wide(x$r + d), a$r));
        v128.store(at, u);
      }
    }
  }
}
